sed -i 's/attn_mask=mask/attn_mask=mask, scale=self.plain_dim**-0.5/' mla.py
