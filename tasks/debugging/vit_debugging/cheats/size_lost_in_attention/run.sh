sed -i '/tokens, tokens)."""/{n;s/self.prepare_tokens(x, dynamic_patch_size=dynamic_patch_size)/self.prepare_tokens(x)/}' dino_v2/vision_transformer.py
