sed -n '/^Size = /,/^    return int/p' dino_v2/patch_embed.py > sizes
sed -i -e '/^Size = /,/^    return int/d' -e '/^from torch/a from dino_v2.vision_transformer import Size, make_2tuple' dino_v2/patch_embed.py
sed -i -e 's/PatchEmbed, Size, make_2tuple/PatchEmbed/' -e '/import PatchEmbed/r sizes' dino_v2/vision_transformer.py
