sed -i 's/^        total = /        x.zero_()\n        total = /' mla.py
