"""How many modes samples reach, by a rule that is said, and how evenly."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from genlib.metrics.arguments import checked_probabilities, feature_sets


@dataclass(frozen=True, eq=False)
class Modes:
    """Where samples went.

    Attributes:
        counts: how many samples each of the K modes got, (K,), int64.
        n: how many samples there were.
        fair: the share that each mode should get, (K,), float64, in all 1.
        least: a mode is found if it got at least this part of its fair share, and one sample.
        good: the share of samples that are near a mode, or whose label the classifier is sure of.
    """

    counts: Tensor
    n: int
    fair: Tensor
    least: float
    good: float

    @property
    def shares(self) -> Tensor:
        """The share of all samples that each mode got, (K,), float64."""
        return self.counts.double() / self.n

    @property
    def found(self) -> int:
        """How many modes were found."""
        enough = self.shares >= self.least * self.fair
        return int((enough & (self.counts > 0)).sum())

    @property
    def kl(self) -> float:
        r"""The divergence :math:`\mathrm{KL}(\text{shares} \| \text{fair})` in nats.

        The shares are those of the samples that got a mode; it is infinite if none did. Chance
        alone makes it about (K - 1) / (2 n), as long as n is well above K.
        """
        total = self.counts.sum().item()
        if total == 0:
            return math.inf
        shares = self.counts.double() / total
        return torch.special.xlogy(shares, shares / self.fair).sum().item()


def modes(
    samples: Tensor,
    centres: Tensor,
    radius: float,
    *,
    weights: Tensor | Sequence[float] | None = None,
    least: float = 0.25,
) -> Modes:
    """Count the modes of a known mixture that samples reach.

    A sample belongs to the nearest centre if that is at most ``radius`` away, and else to none.
    A mode is found if it holds at least a quarter of its fair share, its weight times the number
    of all samples. A rule that is content with a single sample flatters: the uniform distribution
    on a square finds all modes in it. Papers differ, so name the rule and the radius beside a
    count. Chapter: when GANs fail.

    Args:
        samples: (N, D).
        centres: of the modes, (K, D), such as ``toys.ring().modes``.
        radius: in the units of the samples; a few standard deviations of a mode.
        weights: of the modes, (K,), positive; by default all equal.
        least: the part of its fair share that a mode needs, in [0, 1]; 0 asks for one sample.

    Raises:
        ValueError: if samples or centres are no matrices of finite numbers of one width, the
            radius is not positive, weights do not fit, or ``least`` is not in [0, 1].
    """
    samples, centres = feature_sets(1, samples=samples, centres=centres)
    if not 0 < radius < math.inf:
        raise ValueError(f"radius={radius}, wanted a positive number")
    distances = torch.cdist(samples, centres)
    distance, nearest = distances.min(1)
    near = distance <= radius
    counts = nearest[near].bincount(minlength=len(centres))
    fair = _fair(weights, len(centres))
    return Modes(counts, len(samples), fair, _part("least", least), near.double().mean().item())


def labelled_modes(
    probabilities: Tensor,
    *,
    sure: float = 0.9,
    weights: Tensor | Sequence[float] | None = None,
    least: float = 0.0,
) -> Modes:
    """Count the labels, or the stacks of labels, that a classifier finds in samples.

    The mode of a sample is what the classifier takes for the likeliest, for every image of a
    stack: of three digits that are one picture's colours there are 1,000 modes (Metz et al.,
    2017, https://arxiv.org/abs/1611.02163). By default a mode is found if one sample has it, as in
    the published tables. That says nothing of whether a sample looks like a digit, as noise gets
    a name too; ``good`` says how often the classifier is sure. Chapter: when GANs fail.

    Args:
        probabilities: of the labels, (N, S, C) for stacks of S images each and C labels, such as
            ``label_probabilities`` gives. The mode of labels a, b, c is number
            ``(a * C + b) * C + c``.
        sure: what the likeliest label of every image of a stack has to exceed, in [0, 1], for the
            sample to be good.
        weights: fair shares of the C ** S modes, positive; by default all equal.
        least: the part of its fair share that a mode needs, in [0, 1]; 0 asks for one sample.

    Raises:
        ValueError: if the probabilities are of another shape, not in [0, 1] or do not add up to
            1, weights do not fit, or ``sure`` or ``least`` is not in [0, 1].
    """
    given = checked_probabilities(probabilities, "NSC")
    _n, stack, labels = given.shape
    likeliest, label = given.max(2)
    places = labels ** torch.arange(stack - 1, -1, -1)
    counts = (label * places).sum(1).bincount(minlength=labels**stack)
    good = (likeliest > _part("sure", sure)).all(1).double().mean().item()
    return Modes(counts, len(given), _fair(weights, labels**stack), _part("least", least), good)


def _fair(weights: Tensor | Sequence[float] | None, modes: int) -> Tensor:
    """Return weights that add up to 1, (K,), float64."""
    if weights is None:
        return torch.full((modes,), 1 / modes, dtype=torch.float64)
    found = torch.as_tensor(weights).detach().cpu().double()
    if found.shape != (modes,) or not (found > 0).all() or not found.isfinite().all():
        raise ValueError(f"weights={weights}, wanted {modes} positive numbers")
    return found / found.sum()


def _part(name: str, number: float) -> float:
    """Return a number in [0, 1]."""
    if not 0 <= number <= 1:
        raise ValueError(f"{name}={number}, wanted a number from 0 to 1")
    return float(number)
