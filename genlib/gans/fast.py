"""FastGAN: a GAN whose discriminator is trained adversarially, almost for free."""

from collections.abc import Sequence

from genlib.gans.dcgan import DCGAN
from genlib.gans.stabilisers import AdversarialTraining, FreeAdversarialTraining, Stabiliser


class FastGAN(DCGAN):
    """A DCGAN whose D learns from events that are changed so as to mislead it.

    Free, it is :py:class:`~genlib.gans.FreeAdversarialTraining`: D is shown one batch ``steps``
    times in a round, and each update's own backward pass says how the batch is changed for the
    next. A round costs what one with as many plain updates of D does. Otherwise it is
    :py:class:`~genlib.gans.AdversarialTraining`: one update, before which ``steps`` passes more
    look for the worst change. Both work in any game as stabilisers, also in conditional ones.

    The skip-layer FastGAN of Liu et al. (2021, https://arxiv.org/abs/2101.04775), for few images,
    is another method of the same name.

    Args:
        epsilon: the most by which a pixel is changed; black and white are 2 apart in [-1, 1].
        steps: how often a batch is shown, or how many steps look for a change.
        free: which of the two.
        samples: whether samples are changed too, or the data alone.
        stabilisers: what else is changed, before this.
        batch_norm: whether D has any; it would make an example's worst change depend on the others.
        std: standard deviation of D's weights at the start, ``None`` for He's.
        options: what else :py:class:`~genlib.gans.DCGAN` takes.

    Raises:
        ValueError: as :py:class:`~genlib.gans.DCGAN` and the two stabilisers.

    Source: Zhong, Liu and Hsieh (2020), https://arxiv.org/abs/2008.03364, after Liu and Hsieh
    (2018), https://arxiv.org/abs/1807.10454. Chapter: "Bigger and sturdier GANs".
    """

    def __init__(
        self,
        epsilon: float = 0.03,
        steps: int = 2,
        *,
        free: bool = True,
        samples: bool = True,
        stabilisers: Sequence[Stabiliser] = (),
        batch_norm: bool = False,
        std: float | None = None,
        **options: object,
    ) -> None:
        """Build a DCGAN with the stabiliser."""
        kind = FreeAdversarialTraining if free else AdversarialTraining
        own = kind(epsilon, steps, samples=samples)
        super().__init__(stabilisers=[*stabilisers, own], batch_norm=batch_norm, std=std, **options)
