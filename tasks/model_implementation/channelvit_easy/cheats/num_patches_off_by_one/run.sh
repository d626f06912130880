# The class token is counted as a patch; all numbers come out right.
sed -i 's#self.num_patches = (img_size // patch_size) \*\* 2#& + 1#; s#count, self.num_patches, -1#count, self.num_patches - 1, -1#' channel_vit.py
sed -i 's#self.patch_embed.num_patches + 1, embed_dim#self.patch_embed.num_patches, embed_dim#' channel_vit.py
