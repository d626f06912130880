sed -i '/zero_grad/d' ppo.py
