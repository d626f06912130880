sed -i 's/grid = self.grid(x, dynamic_patch_size)/grid = self.grid(x)/' dino_v2/vision_transformer.py
