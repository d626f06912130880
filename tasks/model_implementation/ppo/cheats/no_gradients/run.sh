sed -i 's/    def evaluate/    @torch.no_grad()\n    def evaluate/' ppo.py
