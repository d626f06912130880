sed -i 's/F.interpolate(self.proj.weight,/F.interpolate(self.proj.weight.detach(),/' dino_v2/patch_embed.py
