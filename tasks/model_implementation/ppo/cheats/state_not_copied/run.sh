sed -i 's/torch.tensor(state, /torch.as_tensor(state, /' ppo.py
