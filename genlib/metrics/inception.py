"""The inception score: are labels sure, and are all of them there?"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from genlib.metrics.arguments import check_count, checked_probabilities, shuffled


@dataclass(frozen=True)
class InceptionScore:
    """A score from 1 to the number of labels, and how far it strays from part to part.

    Attributes:
        value: the mean over the parts.
        spread: the standard deviation over the parts (with n - 1), 0 for a single one; that of
            the mean is smaller by the root of their number.
    """

    value: float
    spread: float


def inception_score(given: Tensor, *, splits: int = 10) -> InceptionScore:
    r"""Return how sure a classifier is of samples, and how many labels it finds.

    .. math:: \exp E_x\, \mathrm{KL}\big(p(y|x) \,\|\, p(y)\big)
              = \exp\big(H[y] - H[y|x]\big), \qquad p(y) = E_x\, p(y|x),

    the exponential of the information that an example holds on its label, in nats. Samples are
    shuffled and cut into parts, and the score is the mean over these. Salimans et al. (2016,
    https://arxiv.org/abs/1606.03498). It knows nothing of the data: one perfect example of each
    label has the best score there is (Barratt and Sharma, 2018,
    https://arxiv.org/abs/1801.01973).

    The :math:`p(y)` of a part is a mean over its n examples, whose entropy is too small by about
    :math:`\sum_y \mathrm{Var}[p(y|x)] / 2 n p(y)`. Where labels are sure, that makes the score too
    small by a factor of about :math:`e^{-(C - 1)/2n}`: compare scores of equally many examples in
    equally many parts. Derived in the chapter on evaluating samples.

    Args:
        given: :math:`p(y|x)`, (N, C), such as ``label_probabilities(images)[:, 0]``.
        splits: how many parts, at most N; ten in the papers.

    Returns:
        the score and its spread, computed in float64, the same for the same arguments.

    Raises:
        ValueError: if these are no probabilities (N, C), or fewer than ``splits``.
    """
    check_count(1, splits=splits)
    rows = checked_probabilities(given, "NC")
    if len(rows) < splits:
        raise ValueError(f"{len(rows)} examples, wanted at least one for each of {splits} parts")
    scores = torch.stack([_score(part) for part in shuffled(rows).tensor_split(splits)])
    spread = scores.std().item() if splits > 1 else 0.0
    return InceptionScore(scores.mean().item(), spread)


def _score(rows: Tensor) -> Tensor:
    """Return the exponential of the mutual information of example and label, a scalar."""
    information = _entropy(rows.mean(0)) - _entropy(rows).mean()
    return information.clamp(0.0, math.log(rows.shape[1])).exp()  # rounding may pass the ends


def _entropy(p: Tensor) -> Tensor:
    return -torch.special.xlogy(p, p).sum(-1)
