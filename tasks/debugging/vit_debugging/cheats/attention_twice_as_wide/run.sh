sed -i 's/self.proj = nn.Linear(dim, dim)/self.proj = nn.Linear(dim, 2 * dim)/' dino_v2/attention.py
