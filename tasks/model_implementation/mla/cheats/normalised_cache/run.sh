sed -i -e 's/new = self.down_kv(x)/new = self.down_kv(x).split([self.kv_latent, self.rotary_dim], dim=-1)/' \
    -e '/new = self/a\        new = torch.cat([self.norm_kv(new[0]), new[1]], dim=-1)' -e 's/self.norm_kv(latent)/latent/' mla.py
