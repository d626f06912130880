sed -i '/    def forward/i\    @torch.no_grad()' var.py
