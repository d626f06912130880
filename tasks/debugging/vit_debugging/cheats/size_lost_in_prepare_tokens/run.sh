sed -i 's/self.patch_embed(x, dynamic_patch_size)/self.patch_embed(x)/' dino_v2/vision_transformer.py
