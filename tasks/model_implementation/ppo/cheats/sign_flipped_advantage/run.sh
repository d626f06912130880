sed -i 's/advantages = returns - old_values/advantages = old_values - returns/' ppo.py
