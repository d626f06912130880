sed -i 's/torch.min(ratios \* advantages, clipped \* advantages)/(clipped * advantages)/' ppo.py
