sed -i 's/align_corners=False) \* scale/align_corners=False)/' dino_v2/patch_embed.py
