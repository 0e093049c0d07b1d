"""Ways in which a label enters a network: G(z, label), D(x, label)."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from genlib.gans.networks.dcgan import DCGANGenerator
from genlib.gans.piecewise_linear import input_gradient
from genlib.nn import ConditionalBatchNorm2d


class Unlabelled(nn.Module):
    """A network that is called with a label and does not look at it.

    Args:
        network: of codes or events alone.
    """

    def __init__(self, network: nn.Module) -> None:
        """Keep the network."""
        super().__init__()
        self.network = network

    def forward(self, x: Tensor, label: Tensor) -> Tensor:
        """Return what the network says of x."""
        return self.network(x)

    def input_gradient(self, x: Tensor, label: Tensor) -> Tensor:
        """Return the gradient in x, written out: :py:func:`~genlib.gans.input_gradient`."""
        return input_gradient(self.network, x)


class Concatenated(nn.Module):
    """A network that is given the label beside its input, as noughts and a one.

    Codes ``(B, n)`` become ``(B, n + classes)``; images ``(B, C, H, W)`` get ``classes`` more
    channels, of which that of the label is all ones.

    Args:
        network: of inputs with so much more in their first dimension.
        classes: how many labels there are.
        flat: whether inputs are flattened first.

    Source: Mirza and Osindero (2014), https://arxiv.org/abs/1411.1784.
    Chapter: "Conditional GANs".
    """

    def __init__(self, network: nn.Module, classes: int = 10, *, flat: bool = False) -> None:
        """Keep the network, and the row of each label."""
        super().__init__()
        self.network, self.flat = network, flat
        self.register_buffer("rows", torch.eye(classes), persistent=False)

    def joined(self, x: Tensor, label: Tensor) -> Tensor:
        """Return inputs with their labels beside them."""
        x = x.flatten(1) if self.flat else x
        row = self.rows[label].to(x.dtype)
        row = row.view(*row.shape, *[1] * (x.ndim - 2)).expand(-1, -1, *x.shape[2:])
        return torch.cat([x, row], dim=1)

    def forward(self, x: Tensor, label: Tensor) -> Tensor:
        """Return what the network says of both."""
        return self.network(self.joined(x, label))

    def input_gradient(self, x: Tensor, label: Tensor) -> Tensor:
        """Return the gradient in x, written out: :py:func:`~genlib.gans.input_gradient`."""
        return input_gradient(self.network, self.joined(x, label))[:, : x[0].numel()]


class ProjectionDiscriminator(nn.Module):
    r"""A discriminator that compares what it sees with a vector of the label.

    .. math::

        s(x, y) = \langle e_y, \phi(x)\rangle + \psi(\phi(x)),

    with a linear :math:`\psi`. For data and samples with the same shares of labels the best score
    is :math:`\log p(x)/q(x) + \log p(y|x)/q(y|x)`: the inner product is the form that the second
    ratio has where both posteriors are softmaxes of linear functions of the features.

    Args:
        body: :math:`\phi`, from events to features ``(B, features)``.
        features: how many there are.
        classes: how many labels.

    Source: Miyato and Koyama (2018), https://arxiv.org/abs/1802.05637.
    Chapter: "Conditional GANs".
    """

    def __init__(self, body: nn.Module, features: int, classes: int = 10) -> None:
        """Build both heads."""
        super().__init__()
        self.body, self.last = body, nn.Linear(features, 1)
        self.embedding = nn.Embedding(classes, features)
        nn.init.normal_(self.embedding.weight, std=features**-0.5)

    def forward(self, x: Tensor, label: Tensor) -> Tensor:
        """Return scores ``(B,)`` of events and labels."""
        phi = self.body(x)
        return self.last(phi).squeeze(1) + (self.embedding(label) * phi).sum(dim=1)

    def input_gradient(self, x: Tensor, label: Tensor) -> Tensor:
        """Return the gradient in x, written out: :py:func:`~genlib.gans.input_gradient`."""
        with torch.no_grad():
            phi = self.body(x)
        return input_gradient(self.body, x, input_gradient(self.last, phi) + self.embedding(label))


class ClassifyingDiscriminator(nn.Module):
    r"""A discriminator that tells data from samples, and beside that says which label an event has.

    .. math::

        s(x) = \psi(\phi(x)), \qquad C(y|x) = \mathrm{softmax}_y(W \phi(x) + b).

    The score does not look at the label.

    Args:
        body: :math:`\phi`, from events to features ``(B, features)``.
        features: how many there are.
        classes: how many labels.

    Source: Odena, Olah and Shlens (2017), https://arxiv.org/abs/1610.09585.
    Chapter: "Conditional GANs".
    """

    def __init__(self, body: nn.Module, features: int, classes: int = 10) -> None:
        """Build both heads."""
        super().__init__()
        self.body, self.classifier = body, nn.Linear(features, classes)
        self.last = nn.Linear(features, 1)

    def both(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return scores ``(B,)``, and logits of the labels ``(B, classes)``."""
        phi = self.body(x)
        return self.last(phi).squeeze(1), self.classifier(phi)

    def forward(self, x: Tensor, label: Tensor) -> Tensor:
        """Return scores ``(B,)``, whatever the label."""
        return self.last(self.body(x)).squeeze(1)

    def input_gradient(self, x: Tensor, label: Tensor) -> Tensor:
        """Return the score's gradient in x: :py:func:`~genlib.gans.input_gradient`."""
        with torch.no_grad():
            phi = self.body(x)
        return input_gradient(self.body, x, input_gradient(self.last, phi))


class ConditionallyNormed(nn.Sequential):
    """A generator of transposed convolutions whose batch norms know the label.

    It is a :py:class:`~genlib.gans.DCGANGenerator` with a
    :py:class:`~genlib.nn.ConditionalBatchNorm2d` in the place of each batch norm: the code alone
    makes the image, and the label says with which scale and shift of every feature.

    Args:
        classes: how many labels there are.
        latent: length of the code.
        width: channels before the last layer.
        event_shape: as of :py:class:`~genlib.gans.DCGANGenerator`.
        bounds: the interval in which pixels lie, or ``None`` if they may be any number.

    Raises:
        ValueError: as :py:class:`~genlib.gans.DCGANGenerator`.

    Source: Miyato and Koyama (2018), https://arxiv.org/abs/1802.05637.
    Chapter: "Conditional GANs".
    """

    def __init__(
        self,
        classes: int = 10,
        latent: int = 64,
        width: int = 32,
        event_shape: Sequence[int] = (1, 28, 28),
        bounds: tuple[float, float] | None = (-1.0, 1.0),
    ) -> None:
        """Build the layers, and put norms with a label between them."""
        plain = DCGANGenerator(latent, width, event_shape, bounds)
        super().__init__(
            *(
                ConditionalBatchNorm2d(layer.num_features, classes)
                if isinstance(layer, nn.BatchNorm2d)
                else layer
                for layer in plain
            )
        )

    def forward(self, z: Tensor, label: Tensor) -> Tensor:
        """Return images of codes ``(B, latent)`` and labels ``(B,)``."""
        for layer in self:
            z = layer(z, label) if isinstance(layer, ConditionalBatchNorm2d) else layer(z)
        return z
