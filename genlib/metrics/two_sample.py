"""A two-sample test by nearest neighbours: can anybody tell samples from data?"""

from dataclasses import dataclass

from torch import Tensor

from genlib.metrics.arguments import feature_sets
from genlib.metrics.neighbours import to_kth_other, to_nearest


@dataclass(frozen=True)
class NeighbourTest:
    """How often an example's nearest neighbour, itself left out, is of its own set.

    Attributes:
        real: the share among real examples.
        fake: the share among samples.
    """

    real: float
    fake: float

    @property
    def accuracy(self) -> float:
        """The accuracy of the nearest-neighbour classifier, each set counted for half."""
        return (self.real + self.fake) / 2


def nearest_neighbour_test(real: Tensor, fake: Tensor) -> NeighbourTest:
    r"""Tell samples from data by their nearest neighbour, and return how often that is right.

    .. math:: \tfrac12 P\big(x \text{ is nearest to a real one}\big)
              + \tfrac12 P\big(y \text{ is nearest to a fake}\big)

    about one half for two samples of one distribution, 1 if nobody could mistake them, and below
    one half for copies of these very real examples: each pair then has the other as its
    neighbour. Lopez-Paz and Oquab (2017, https://arxiv.org/abs/1610.06545); both shares: Xu et al.
    (2018, https://arxiv.org/abs/1806.07755). A low share among real examples with a high one among
    fakes is the mark of lost modes. Derived in the chapter on evaluating samples.

    Args:
        real: features of the data, (N, D).
        fake: features of samples, (N, D): as many, or the larger set would be near more often.

    Returns:
        the shares, in which a neighbour of either set at one distance counts for half. Computed in
        float64.

    Raises:
        ValueError: if a set is no (N, D) of finite numbers, has fewer than 2 rows, or shapes
            differ.
    """
    real, fake = feature_sets(2, real=real, fake=fake)
    if len(real) != len(fake):
        raise ValueError(f"{len(real)} real and {len(fake)} fake examples, wanted as many of each")
    return NeighbourTest(_own(real, fake), _own(fake, real))


def _own(x: Tensor, y: Tensor) -> float:
    """Return the share of rows of x whose nearest other row is of x, not of y."""
    within, across = to_kth_other(x), to_nearest(x, y)
    return ((within < across).double() + 0.5 * (within == across).double()).mean().item()
