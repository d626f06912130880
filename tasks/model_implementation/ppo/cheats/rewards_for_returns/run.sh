sed -i 's/following = reward .*/following = reward/' ppo.py
