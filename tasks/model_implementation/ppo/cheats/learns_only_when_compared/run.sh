sed -i 's/^        states, actions = torch.stack.*/        if isinstance(self.optimizer, torch.optim.Adam):\n            return self.buffer.clear()\n&/' ppo.py
