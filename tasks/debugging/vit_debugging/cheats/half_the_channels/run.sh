sed -i 's/nn.Conv2d(in_chans, embed_dim,/nn.Conv2d(in_chans, embed_dim \/\/ 2,/' dino_v2/patch_embed.py
