# The tokens come patch by patch instead of plane by plane.
sed -i 's#.flatten(1, 2)$#.transpose(1, 2).flatten(1, 2)#' channel_vit.py
