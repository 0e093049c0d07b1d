r"""What a discriminator pays for being steep.

A penalty is added to D's cost: ``penalty(scores, real, fake)``, where ``scores`` is D as a function
of x alone, gives a scalar. It is a derivative of D, and its gradient a second derivative, which
needs more digits than bfloat16 has; so it is computed as the weights are, outside autocast, and
never compiled (``torch.compile`` cannot differentiate twice).

Gradients of a sum over the batch are those of each example if D treats examples apart; with batch
norm in D they are not, and layer or instance norm is the usual replacement.
"""

from collections.abc import Callable
from typing import ClassVar

import torch
from torch import Tensor, nn

from genlib.gans.checks import check_numbers
from genlib.gans.piecewise_linear import input_gradient

Scores = Callable[[Tensor], Tensor]


class Penalty(nn.Module):
    """A term of D's cost that depends on D's slope; a subclass gives ``forward``.

    Attributes:
        name: what its column in the History is called.
    """

    name: ClassVar[str]

    def __init__(self, closed: bool = False) -> None:
        """Remember how D's gradient is taken."""
        super().__init__()
        self.closed = closed

    def extra_repr(self) -> str:
        """Show a gradient that is written out."""
        return ", closed=True" if self.closed else ""

    def forward(self, scores: Scores, real: Tensor, fake: Tensor) -> Tensor:
        """Return the scalar to add to D's cost, from D's scores, data and as many samples."""
        raise NotImplementedError(f"{type(self).__name__} gives no penalty")


class GradientPenalty(Penalty):
    r"""Hold D's slope near ``centre`` between data and samples.

    .. math::

        \lambda\, E\big[(\|\nabla_{\hat x} s(\hat x)\|_2 - c)^2\big], \qquad
        \hat x = u x + (1 - u)\, G(z), \quad u \sim U[0, 1].

    Every example has its own ``u``; the norm runs over all numbers of an example. With
    ``one_sided`` only a slope above the centre costs: :math:`\lambda\,E[\max(0, \|\nabla_{\hat x}
    s(\hat x)\|_2 - c)^2]`, which asks no more of a critic than that it be Lipschitz.

    Args:
        weight: lambda.
        centre: c, the slope that costs nothing; 0 makes a zero-centred penalty.
        one_sided: whether slopes below ``centre`` are free.
        closed: whether the slope is written out, see :py:class:`R1`.

    Raises:
        ValueError: if a number is negative or not finite.

    Source: Gulrajani et al. (2017), https://arxiv.org/abs/1704.00028, equation 3; one-sided,
    Petzka et al. (2018), https://arxiv.org/abs/1709.08894.
    Chapter: "Wasserstein and Lipschitz".
    """

    name = "gradient_penalty"

    def __init__(
        self,
        weight: float = 10.0,
        centre: float = 1.0,
        *,
        one_sided: bool = False,
        closed: bool = False,
    ) -> None:
        """Keep the numbers."""
        super().__init__(closed)
        check_numbers(self, 0, weight=weight, centre=centre)
        self.weight, self.centre, self.one_sided = weight, centre, one_sided

    def forward(self, scores: Scores, real: Tensor, fake: Tensor) -> Tensor:
        """Return the weighted mean of the squared distance of the slopes from ``centre``."""
        share = torch.rand(len(real), *[1] * (real.ndim - 1), dtype=real.dtype, device=real.device)
        between = share * real + (1 - share) * fake.to(real.dtype)
        excess = gradients(scores, between, self.closed).norm(dim=1) - self.centre
        excess = excess.relu() if self.one_sided else excess
        return self.weight * excess.square().mean()

    def extra_repr(self) -> str:
        """Show the numbers, and what is not as usual."""
        side = ", one_sided=True" if self.one_sided else ""
        return f"weight={self.weight}, centre={self.centre}{side}{super().extra_repr()}"


class _ZeroCentred(Penalty):
    """Half ``gamma`` times the mean squared slope at some events."""

    def __init__(self, gamma: float = 1.0, *, closed: bool = False, share: float = 1.0) -> None:
        """Keep the weight."""
        super().__init__(closed)
        check_numbers(self, 0, gamma=gamma, share=share)
        if not 0 < share <= 1:
            raise ValueError(f"{type(self).__name__}: share={share}, wanted it in (0, 1]")
        self.gamma, self.share = gamma, share

    def at(self, scores: Scores, x: Tensor) -> Tensor:
        """Return the penalty at ``x``, or at the first ones if it is taken on a share."""
        x = x[: max(1, round(self.share * len(x)))]
        return self.gamma / 2 * gradients(scores, x, self.closed).square().sum(dim=1).mean()

    def extra_repr(self) -> str:
        """Show the weight, and what is not as usual."""
        share = "" if self.share == 1 else f", share={self.share}"
        return f"gamma={self.gamma}{share}{super().extra_repr()}"


class R1(_ZeroCentred):
    r"""Flatten D at the data: :math:`\tfrac\gamma2 E\,\|\nabla_x s(x)\|_2^2`.

    Args:
        gamma: its weight.
        closed: whether D's gradient is written out, as it can be for a D that is piecewise linear
            (:py:func:`~genlib.gans.input_gradient`): the same numbers without a second
            derivative, which is quicker.
        share: the share of the batch on which it is taken, in (0, 1]: the same on average, with
            more noise, and quicker.

    Raises:
        ValueError: if ``gamma`` is negative or not finite, or ``share`` out of its range; when it
            is asked for, if ``closed`` and D holds a layer for which that is not known.

    Source: Mescheder et al. (2018), https://arxiv.org/abs/1801.04406, section 4.1.
    Chapter: "Wasserstein and Lipschitz".
    """

    name = "r1"

    def forward(self, scores: Scores, real: Tensor, fake: Tensor) -> Tensor:
        """Return the penalty at the data."""
        return self.at(scores, real)


class R2(_ZeroCentred):
    r"""Flatten D at the samples: :math:`\tfrac\gamma2 E\,\|\nabla_x s(G(z))\|_2^2`.

    Arguments, errors and chapter are those of :py:class:`R1`.

    Source: Mescheder et al. (2018), https://arxiv.org/abs/1801.04406, section 4.1.
    """

    name = "r2"

    def forward(self, scores: Scores, real: Tensor, fake: Tensor) -> Tensor:
        """Return the penalty at the samples."""
        return self.at(scores, fake.to(real.dtype))


@torch.compiler.disable
def gradients(scores: Scores, x: Tensor, closed: bool = False) -> Tensor:
    """Return each example's gradient of its score in all of its numbers, (B, numbers).

    It can be differentiated in the weights of D; no gradient leads back from ``x``, so none reaches
    G. Where an example has several scores, it is that of their sum.

    Args:
        scores: D, a network or what a game gives.
        x: events.
        closed: whether it is written out.
    """
    with torch.autocast(x.device.type, enabled=False), torch.enable_grad():
        if closed:
            return closed_gradients(scores, x.detach())
        x = x.detach().requires_grad_()
        (gradient,) = torch.autograd.grad(scores(x).sum(), x, create_graph=True)
    return gradient.flatten(1)


def closed_gradients(scores: Scores, x: Tensor) -> Tensor:
    """Return the gradient by :py:func:`~genlib.gans.input_gradient`."""
    if isinstance(scores, nn.Module):
        return input_gradient(scores, x)
    if not hasattr(scores, "input_gradient"):
        raise ValueError(f"closed=True wants D as a network, this is {scores!r:.60}")
    return scores.input_gradient(x)
