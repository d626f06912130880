sed -i 's/ + self.value_coef \* value_loss//' ppo.py
