sed -i 's/, attn_mask=mask//' mla.py
