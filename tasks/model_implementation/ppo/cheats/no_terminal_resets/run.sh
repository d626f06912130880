sed -i 's/ \* (not terminal)//' ppo.py
