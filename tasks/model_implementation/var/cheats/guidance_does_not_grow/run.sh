sed -i 's/strength = cfg .*/strength = cfg/' var.py
