"""A small autoencoder: images to maps of a quarter of their side, whose features are quantised on several scales, and back."""

import torch
from torch import Tensor, nn

from quantizer import Quantizer

HIDDEN = 16


class VQVAE(nn.Module):
    """Images (batch, 3, 4 * sizes[-1], 4 * sizes[-1]) with values in [-1, 1]."""

    def __init__(self, sizes: tuple[int, ...], vocabulary: int, channels: int) -> None:
        super().__init__()
        self.encoder = nn.Sequential(
            nn.Conv2d(3, HIDDEN, 4, stride=2, padding=1),
            nn.SiLU(),
            nn.Conv2d(HIDDEN, channels, 4, stride=2, padding=1),
        )
        self.quantizer = Quantizer(sizes, vocabulary, channels)
        self.decoder = nn.Sequential(
            nn.ConvTranspose2d(channels, HIDDEN, 4, stride=2, padding=1),
            nn.SiLU(),
            nn.ConvTranspose2d(HIDDEN, 3, 4, stride=2, padding=1),
            nn.Tanh(),
        )

    @torch.no_grad()
    def tokens(self, images: Tensor) -> list[Tensor]:
        """Each level's tokens (batch, sizes[level] ** 2)."""
        return self.quantizer.encode(self.encoder(images))

    def images(self, total: Tensor) -> Tensor:
        """The image of a map (batch, channels, sizes[-1], sizes[-1]), which is the sum of all levels' parts."""
        return self.decoder(total)
