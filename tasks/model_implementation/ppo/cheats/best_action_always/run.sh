sed -i 's/policy.sample()/self.actor(states) if self.continuous else self.actor(states).argmax(-1)/' ppo.py
