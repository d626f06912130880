sed -i 's/self.\(cos\|sin\)\[past:total\]/self.\1[: x.shape[1]]/g' mla.py
