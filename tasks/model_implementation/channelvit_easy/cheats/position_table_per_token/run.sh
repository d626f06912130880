# The table is stretched over the tokens instead of being repeated for each plane.
sed -i 's#.repeat(1, x.shape\[1\], 1)#.repeat_interleave(x.shape[1], 1)#' channel_vit.py
