sed -i 's/self.w3 = nn.Linear(hidden/self.w3 = nn.Linear(2 * hidden/' dino_v2/swiglu_ffn.py
