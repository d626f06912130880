sed -i 's/x = block(x, condition, mask)/x = block(x, condition)/' var.py
