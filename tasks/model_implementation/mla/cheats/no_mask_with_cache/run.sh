sed -i 's/mask = causal_mask(past, x.shape\[1\])/mask = causal_mask(0, total) if past == 0 else None/' mla.py
