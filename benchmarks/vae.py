"""Training a VAE 784-512-20-512-784 on MNIST: fit, a loop written by hand, and pythae."""

import importlib.util
import tempfile
from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from benchmarks.timing import side_by_side
from genlib import fit
from genlib.data import load
from genlib.latent import VAE

BATCH = 128
STEPS = 400


def plain(x: Tensor) -> Callable[[], None]:
    """Return the loop that one would write by hand, fused Adam and all."""
    model = VAE()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, fused=True)

    def work() -> None:
        for _ in range(STEPS):
            batch = x[torch.randint(len(x), (BATCH,))].flatten(1)
            mean, log_variance = model.encoder(batch).chunk(2, dim=1)
            z = mean + torch.exp(0.5 * log_variance) * torch.randn_like(mean)
            logits = model.decoder(z)
            reconstruction = F.binary_cross_entropy_with_logits(logits, batch, reduction="sum")
            rate = 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance).sum()
            optimizer.zero_grad()
            ((reconstruction + rate) / BATCH).backward()
            optimizer.step()

    return work


def fitted(x: Tensor) -> Callable[[], None]:
    """Return the same training through ``genlib.fit``."""
    model = VAE()
    return lambda: fit(model, x, steps=STEPS, batch_size=BATCH, device="cpu", progress=False)


def pythae(x: Tensor) -> Callable[[], None]:
    """Return the same network trained by pythae's trainer (Chadebec et al., 2022)."""
    from pythae.data.datasets import BaseDataset
    from pythae.models import VAE as PythaeVAE  # noqa: N811
    from pythae.models import VAEConfig
    from pythae.trainers import BaseTrainer, BaseTrainerConfig

    config = VAEConfig(input_dim=(1, 28, 28), latent_dim=20, reconstruction_loss="bce")
    model = PythaeVAE(config)
    data = BaseDataset(x[: STEPS * BATCH], torch.zeros(STEPS * BATCH))
    training = BaseTrainerConfig(
        output_dir=tempfile.mkdtemp(),
        num_epochs=1,
        learning_rate=1e-3,
        per_device_train_batch_size=BATCH,
        no_cuda=True,
    )

    def work() -> None:
        trainer = BaseTrainer(model, data, training_config=training)
        trainer.prepare_training()
        trainer.train_step(epoch=1)

    return work


def report() -> None:
    """Print images a second and the ratios."""
    x = load("mnist").binary(seed=0)
    ways = {"by hand": plain(x), "fit": fitted(x)}
    if importlib.util.find_spec("pythae"):
        ways["pythae"] = pythae(x)
    times = side_by_side(ways)
    for name, value in times.items():
        print(f"VAE, {name}: {STEPS * BATCH / value:,.0f} images/s")
    print(f"fit takes {times['fit'] / times['by hand']:.3f} of the hand-written loop's time")
    if "pythae" in times:
        print(f"fit is {times['pythae'] / times['fit']:.2f} times as fast as pythae")
    else:
        print("pythae is not installed: `pip install pythae==0.1.2` adds it to the comparison")
