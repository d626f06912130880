sed -i 's/clipped = .*/clipped = ratios/' ppo.py
