# One term less.
sed -i 's#stride=patch_size)#stride=patch_size, bias=False)#' channel_vit.py
