sed -i 's/self.register_tokens.expand(len(x), -1, -1)/self.register_tokens.expand(len(x))/' dino_v2/vision_transformer.py
