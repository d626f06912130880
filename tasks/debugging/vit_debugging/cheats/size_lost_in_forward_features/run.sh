sed -i 's/self.prepare_tokens(x, masks, dynamic_patch_size)/self.prepare_tokens(x, masks)/' dino_v2/vision_transformer.py
