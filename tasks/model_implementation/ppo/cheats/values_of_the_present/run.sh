sed -i 's/returns - old_values/returns - self.policy.critic(states).squeeze(-1).detach()/' ppo.py
