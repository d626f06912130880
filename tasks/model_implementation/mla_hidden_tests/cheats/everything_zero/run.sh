sed -i 's/return self.out(.*, cache/return torch.zeros_like(x), torch.zeros_like(cache)/' mla.py
