sed -i 's/log_probs - old_log_probs/log_probs - log_probs.detach()/' ppo.py
