sed -i 's/range(self.epochs)/range(1)/' ppo.py
