sed -i 's/unflatten(2, self.grid(x, dynamic_patch_size))/unflatten(2, self.grid(x))/' dino_v2/vision_transformer.py
