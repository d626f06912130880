# The flag is set; the weight stays as it was, and the correction is computed on the side.
sed -i '/self.linear.weight [+-]=/d; s#return y$#pass#' lora.py
