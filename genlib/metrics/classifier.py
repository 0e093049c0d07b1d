"""The classifier of digits that serves as the yardstick for images."""

from collections.abc import Sequence
from itertools import pairwise
from typing import NoReturn

from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from genlib.model import Model, check_events, checked_labels, events, labels
from genlib.player import Batch


class DigitClassifier(Model):
    r"""A small convolutional network that names digits; its penultimate layer describes them.

    .. math:: p(y \mid x) = \mathrm{softmax}(W f(x) + b)_y

    with features :math:`f(x)` of as many numbers as ``features`` says. Each of the ``channels``
    stands for two convolutions, of which the first halves height and width. Features pass an ELU,
    which unlike a ReLU has a slope everywhere: none of them is dead. After LeCun et al. (1998,
    https://doi.org/10.1109/5.726791). Chapter: evaluating samples.

    Args:
        channels: of the convolutions, one number for each halving.
        features: D, how many numbers describe an image.
        classes: how many labels there are.
        event_shape: of the images, (C, H, W), in [0, 1].
        **options: what ``Model`` takes.

    Raises:
        ValueError: if a size is not positive.
    """

    def __init__(
        self,
        channels: Sequence[int] = (32, 64),
        features: int = 64,
        classes: int = 10,
        event_shape: Sequence[int] = (1, 28, 28),
        **options: object,
    ) -> None:
        """Build the layers."""
        super().__init__(**options)
        if not channels or min(*channels, features, classes, *event_shape) < 1:
            raise ValueError(
                f"channels={tuple(channels)}, features={features}, classes={classes}, "
                f"event_shape={tuple(event_shape)}: wanted positive sizes"
            )
        self.classes, self.event_shape = classes, tuple(event_shape)
        colours, height, width = event_shape
        shrink = 2 ** len(channels)
        smallest = channels[-1] * -(-height // shrink) * -(-width // shrink)  # rounded up
        halvings = [halving(*pair) for pair in pairwise((colours, *channels))]
        last = [nn.Flatten(), nn.Linear(smallest, features), nn.ELU()]
        self.body = nn.Sequential(*halvings, *last)
        self.head = nn.Linear(features, classes)

    def features(self, x: Tensor) -> Tensor:
        """Return the numbers that describe images x, (B, D)."""
        return self.body(x)

    def forward(self, x: Tensor) -> Tensor:
        """Return the logits of the labels of images x, (B, classes)."""
        return self.head(self.features(x))

    def check(self, batch: Batch) -> None:
        """Raise ``ValueError`` unless a batch is images in [0, 1] with a label each."""
        x, label = events(batch), labels(batch)
        name = type(self).__name__
        check_events(x, self.event_shape, 0.0, 1.0, who=name, like=self.head.weight)
        if label is None:
            raise ValueError(f"{name} is trained on pairs (x, label); these are images alone")
        checked_labels(label, len(x), self.classes, name)

    def loss(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        """Return the mean cross-entropy of the labels in nats, and the accuracy beside it."""
        x, label = batch
        logits = self(x)
        right = logits.detach().argmax(1) == label
        return cross_entropy(logits.float(), label), {"accuracy": right.float().mean()}

    def sample(self, n: int, **_: object) -> NoReturn:
        """Raise ``ValueError``: a classifier names images and draws none."""
        raise ValueError(f"{type(self).__name__} names images, it draws none")


def halving(inputs: int, outputs: int) -> nn.Sequential:
    """Return two convolutions of 3x3, the first of which halves height and width."""
    layers: list[nn.Module] = []
    for colours, stride in ((inputs, 2), (outputs, 1)):
        convolution = nn.Conv2d(colours, outputs, 3, stride, padding=1, bias=False)
        layers += [convolution, nn.BatchNorm2d(outputs), nn.ReLU()]
    return nn.Sequential(*layers)
