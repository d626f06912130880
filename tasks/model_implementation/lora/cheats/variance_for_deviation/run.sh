# The spread is 1 / rank instead of 1 / sqrt(rank).
sed -i 's#rank\*\*-0.5#rank**-1#' lora.py
