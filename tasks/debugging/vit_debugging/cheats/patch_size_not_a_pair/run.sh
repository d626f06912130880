sed -i 's/self.patch_size = make_2tuple(patch_size)/self.patch_size = patch_size/' dino_v2/patch_embed.py
