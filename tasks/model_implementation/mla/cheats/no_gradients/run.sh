sed -i '/    def forward/i\    @torch.no_grad()' mla.py
