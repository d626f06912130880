sed -i 's/self.norm_kv(latent)/latent/' mla.py
