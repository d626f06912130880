sed -i 's/return self.head(x, condition)/return self.head(x, condition) * float("nan")/; s/return (self.vqvae.images(total) + 1) \/ 2/return self.vqvae.images(total) * float("nan")/' var.py
