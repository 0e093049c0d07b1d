r"""What a network may predict, and how one prediction becomes another.

A noisy event is :math:`x_t = \alpha_t x_0 + \sigma_t \varepsilon`. Each target is another sum of
the same data and noise, :math:`y = a x_0 + b \varepsilon`:

============  ===========================  ======================================
target        y                            known as
============  ===========================  ======================================
``x0``        data                         the denoised event
``epsilon``   noise                        what was added, before it was scaled
``v``         alpha epsilon - sigma x0     the other axis, by a quarter turn
``velocity``  the derivative of x_t        what flow matching learns
``score``     - epsilon / sigma            the gradient of log q(x_t | x_0)
============  ===========================  ======================================

Two equations in two unknowns: x_t and y give data and noise, and these give any other target. Since
all of it is linear, what holds for one event holds for the mean given x_t, which a network learns;
for the score that is Tweedie's formula. Derived in the chapter on denoising diffusion.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from genlib.diffusion.schedules import Coefficients
from genlib.suggest import suggestion

Weights = tuple[Tensor, Tensor]

TARGETS: dict[str, Callable[[Coefficients], Weights]] = {
    "x0": lambda at: (torch.ones_like(at.alpha), torch.zeros_like(at.alpha)),
    "epsilon": lambda at: (torch.zeros_like(at.alpha), torch.ones_like(at.alpha)),
    "v": lambda at: (-at.sigma, at.alpha),
    "velocity": lambda at: (at.alpha_rate, at.sigma_rate),
    "score": lambda at: (torch.zeros_like(at.alpha), -1 / at.sigma),
}


def weights_of(target: str, at: Coefficients) -> Weights:
    """Return what stands before data and noise in a target.

    Raises:
        ValueError: if there is none of that name; the nearest is given.
    """
    if target not in TARGETS:
        raise ValueError(f"target={target!r}{suggestion(target, TARGETS)}")
    return TARGETS[target](at)


def determinant(target: str, at: Coefficients) -> Tensor:
    r"""Return :math:`\alpha b - \sigma a`: 0 where a target and x_t say the same.

    Its square over :math:`\sigma^2` is by how much a squared error of the target is larger than
    that of the data.
    """
    data, noise = weights_of(target, at)
    return at.alpha * noise - at.sigma * data


def data_and_noise(
    prediction: Tensor, x: Tensor, given: str, at: Coefficients
) -> tuple[Tensor, Tensor]:
    r"""Return the data and the noise that a prediction means at a noisy event x.

    .. math:: x_0 = \frac{b x_t - \sigma y}{\alpha b - \sigma a}, \qquad
              \varepsilon = \frac{\alpha y - a x_t}{\alpha b - \sigma a}

    Args:
        prediction: y, ``(B, *event)``.
        x: x_t, ``(B, *event)``.
        given: what y is: ``x0``, ``epsilon``, ``v``, ``velocity`` or ``score``.
        at: the coefficients at the events' times, as ``NoiseSchedule.at(t, x)`` gives them.

    Raises:
        ValueError: if there is no such target.
    """
    data, noise = weights_of(given, at)
    whole = determinant(given, at)
    # what is given itself stays what it is, at times 0 and 1 too, where the rest is unknown
    x0 = prediction if given == "x0" else (noise * x - at.sigma * prediction) / whole
    epsilon = prediction if given == "epsilon" else (at.alpha * prediction - data * x) / whole
    return x0, epsilon


def combined(x0: Tensor, epsilon: Tensor, wanted: str, at: Coefficients) -> Tensor:
    """Return the target that data and noise make: the inverse of ``data_and_noise``.

    Raises:
        ValueError: if there is no such target.
    """
    if wanted in ("x0", "epsilon"):
        return x0 if wanted == "x0" else epsilon
    data, noise = weights_of(wanted, at)
    return data * x0 + noise * epsilon


def convert(prediction: Tensor, x: Tensor, given: str, wanted: str, at: Coefficients) -> Tensor:
    """Return a prediction as another target; see ``data_and_noise`` for the arguments.

    Args:
        prediction: y, ``(B, *event)``.
        x: x_t, ``(B, *event)``.
        given: what y is.
        wanted: what it is to become.
        at: the coefficients at the events' times.

    Raises:
        ValueError: if there is no such target.
    """
    return combined(*data_and_noise(prediction, x, given, at), wanted, at)
