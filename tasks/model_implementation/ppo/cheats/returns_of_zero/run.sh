sed -i 's/following = reward .*/following = 0.0/' ppo.py
