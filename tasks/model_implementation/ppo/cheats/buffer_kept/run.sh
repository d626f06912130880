sed -i '/buffer.clear()/d' ppo.py
