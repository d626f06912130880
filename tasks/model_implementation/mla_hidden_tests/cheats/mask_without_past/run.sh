sed -i 's/causal_mask(past, x.shape\[1\])/causal_mask(0, total)[: x.shape[1]]/' mla.py
