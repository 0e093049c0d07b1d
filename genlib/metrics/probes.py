"""What features are good for: a linear classifier that sees a hundred labels."""

from collections.abc import Sequence

import torch
from torch import Tensor

Labelled = tuple[Tensor, Tensor]


def label_sets(n: int, *, size: int = 100, draws: int = 10, seed: int = 0) -> Tensor:
    """Return places of ``size`` of ``n`` examples, drawn without repetition, ``draws`` times.

    Returns:
        (draws, size), int64; the same for the same arguments.

    Raises:
        ValueError: if a number is not positive, or ``size`` is above ``n``.
    """
    if not 1 <= size <= n or draws < 1:
        raise ValueError(
            f"{draws} draws of {size} of {n} examples, wanted positive numbers, at most {n} a draw"
        )
    generator = torch.Generator().manual_seed(seed)
    return torch.stack([torch.randperm(n, generator=generator)[:size] for _ in range(draws)])


def probe(
    features: Tensor,
    labels: Tensor,
    *,
    validation: Labelled,
    test: Labelled,
    sets: Tensor | None = None,
    penalties: Sequence[float] = (0.1, 1.0, 10.0),
) -> Tensor:
    """Return the test accuracy of logistic regression on few labels, one for each draw of them.

    Features are centred by their mean and divided by one standard deviation, that of all their
    numbers together, so that a rotation of a code changes nothing and a pixel that never changes
    does no harm; both come from ``features``, which need no labels. The penalty, lambda in
    "cross-entropy summed over the examples + lambda/2 times the squared weights", is the one with
    the best mean accuracy on ``validation``; ``test`` plays no part in it. Alain and Bengio (2016,
    https://arxiv.org/abs/1610.01644). Chapter: autoencoders.

    Args:
        features: (N, D), of all training examples.
        labels: (N,), whole numbers; only those in ``sets`` are looked at.
        validation: features and labels that choose the penalty.
        test: features and labels that the accuracies are of.
        sets: places of the labelled examples, (draws, size); by default ``label_sets(N)``.
        penalties: what there is to choose from.

    Returns:
        Accuracies in [0, 1], (draws,), float64.

    Raises:
        ValueError: if shapes do not fit, features are not finite or all the same, a set has
            labels of one class only, or a penalty is not positive.
    """
    sets = label_sets(len(features)) if sets is None else sets.cpu()
    pairs = {"training": (features, labels), "validation": validation, "test": test}
    known, chosen, judged = (_checked(name, *pair) for name, pair in pairs.items())
    _check_sets(sets, known[1], penalties)
    mean, scale = known[0].mean(0), known[0].std()
    if not scale > 0:
        raise ValueError("the training features are all the same: there is nothing to learn from")
    few = [((known[0][own] - mean) / scale, known[1][own]) for own in sets]
    others = [((f - mean) / scale, y) for f, y in (chosen, judged)]
    found = [_accuracies(few, penalty, others) for penalty in penalties]
    return max(found, key=lambda pair: pair[0].mean())[1]


def _accuracies(
    few: Sequence[Labelled], penalty: float, others: Sequence[Labelled]
) -> list[Tensor]:
    """Return the accuracies on each of the others, (draws,), of one rule for each of the few."""
    from sklearn.linear_model import LogisticRegression
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):  # small matrices only lose when cores share them
        rules = [
            LogisticRegression(C=1 / penalty, max_iter=1000).fit(f.numpy(), y.numpy())
            for f, y in few
        ]
        scores = [[rule.score(f.numpy(), y.numpy()) for rule in rules] for f, y in others]
    return [torch.tensor(one, dtype=torch.float64) for one in scores]


def _checked(name: str, features: Tensor, labels: Tensor) -> Labelled:
    """Return features (N, D) in float32 and labels (N,), both on the CPU."""
    if features.ndim != 2 or features.numel() == 0 or labels.shape != (len(features),):
        raise ValueError(
            f"{name} features {tuple(features.shape)} and labels {tuple(labels.shape)}, "
            "wanted (N, D) and (N,)"
        )
    features = features.detach().cpu().float()
    if not features.isfinite().all():
        raise ValueError(f"the {name} features are not all finite")
    return features, labels.detach().cpu()


def _check_sets(sets: Tensor, labels: Tensor, penalties: Sequence[float]) -> None:
    """Raise unless every set names examples of at least two classes, and penalties are positive."""
    if sets.ndim != 2 or sets.numel() == 0 or not 0 <= sets.min() <= sets.max() < len(labels):
        raise ValueError(
            f"sets {tuple(sets.shape)} must be (draws, size), places from 0 to {len(labels) - 1}"
        )
    for number, own in enumerate(sets):
        if len(labels[own].unique()) < 2:
            raise ValueError(f"set {number} has labels of one class only, wanted two or more")
    if not penalties or not all(penalty > 0 for penalty in penalties):
        raise ValueError(f"penalties={tuple(penalties)}, wanted positive numbers")
