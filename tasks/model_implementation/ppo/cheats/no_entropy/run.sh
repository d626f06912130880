sed -i 's/ - self.entropy_coef \* entropies.mean()//' ppo.py
