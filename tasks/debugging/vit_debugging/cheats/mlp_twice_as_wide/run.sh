sed -i 's/self.fc2 = nn.Linear(hidden/self.fc2 = nn.Linear(2 * hidden/' dino_v2/mlp.py
