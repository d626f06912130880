sed -i 's/self.forward_features(x, masks, dynamic_patch_size)/self.forward_features(x, masks, None)/' dino_v2/vision_transformer.py
