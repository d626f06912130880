sed -i '/advantages.std/d' ppo.py
