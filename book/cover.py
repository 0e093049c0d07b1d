"""The README's picture: `python -m book.cover` draws book/cover.png with the stored VAE."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import torch

from genlib import show, zoo
from genlib.data import load

if TYPE_CHECKING:
    from genlib.latent import VAE
    from genlib.show.style.picture import Picture

COLUMNS = 12
ROWS = ("test digits", "reconstructed", "made up")
PICTURE = Path(__file__).with_name("cover.png")


@torch.no_grad()
def cover(vae: VAE) -> Picture:
    """Draw the first test digits, what the model makes of them, and digits of its own."""
    digits = load("mnist", "test").binary(seed=0)[:COLUMNS]
    new = vae.mean(vae.sample_code(COLUMNS, generator=torch.Generator().manual_seed(0)))
    images = torch.cat([digits, vae.reconstruct(digits), new])
    return show.grid(images, COLUMNS, rows=ROWS)


if __name__ == "__main__":
    PICTURE.write_bytes(cover(zoo.load("vae")).png())
