# The whole linear layer is frozen.
sed -i 's#self.linear.weight.requires_grad_(False)#self.linear.requires_grad_(False)#' lora.py
