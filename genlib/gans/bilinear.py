r"""Games on paper: five ways to play :math:`\min_x \max_y\; x^T A y`.

The only point of rest is :math:`x = y = 0` (of an invertible A). With
:math:`F(x, y) = (A y, -A^T x)`, the two gradients that the players descend, every way is linear:
:math:`w_{t+1} = M w_t`, of the state :math:`w = (x, y)`. The largest absolute value of an
eigenvalue of M is the factor by which the distance to the point of rest changes a round in the
long run. With a singular value :math:`\sigma` of A and step size :math:`\eta`, let
:math:`a = \eta\sigma`:

- simultaneous, :math:`w - \eta F(w)`: :math:`\sqrt{1 + a^2}`, always outwards;
- alternating, where y sees the new x: 1 up to :math:`a = 2`, a closed curve;
- extragradient, :math:`w - \eta F(w - \eta F(w))`: :math:`\sqrt{1 - a^2 + a^4}`;
- optimistic, :math:`w_t - 2\eta F(w_t) + \eta F(w_{t-1})`: below 1 for :math:`a < 1/\sqrt3`.

The fifth, averaging, takes any path and follows its mean.

Sources: Korpelevich (1976), the extragradient; Daskalakis et al. (2018),
https://arxiv.org/abs/1711.00141, optimism in GANs; Gidel et al. (2019),
https://arxiv.org/abs/1802.10551, who compare them. Chapter: "When GANs fail".
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from genlib.suggest import suggestion


@dataclass(frozen=True)
class State:
    """Where a game is, and where it was a round before: both ``(n + m,)``."""

    now: Tensor
    before: Tensor


class Game:
    r"""The gradients of :math:`x^T A y`, of players who both descend.

    Args:
        matrix: A, ``(n, m)``; a number makes it 1 by 1.
        step: :math:`\eta`.

    Raises:
        ValueError: if A is no matrix or the step size not positive.
    """

    def __init__(self, matrix: Tensor | float, step: float) -> None:
        """Keep the game in float64."""
        self.matrix = torch.as_tensor(matrix, dtype=torch.float64)
        if self.matrix.ndim == 0:
            self.matrix = self.matrix.view(1, 1)
        if self.matrix.ndim != 2 or not step > 0:
            shape = tuple(self.matrix.shape)
            raise ValueError(f"a matrix {shape}, step={step}: wanted (n, m) and a positive step")
        self.step = step
        n, m = self.matrix.shape
        self.field = torch.zeros(n + m, n + m, dtype=torch.float64)  # F(w) = field w
        self.field[:n, n:], self.field[n:, :n] = self.matrix, -self.matrix.T

    def simultaneous(self, state: State) -> Tensor:
        """Let both step from where they are."""
        return state.now - self.step * self.field @ state.now

    def alternating(self, state: State) -> Tensor:
        """Let x step, then y, who sees the new x."""
        n = len(self.matrix)
        x = (state.now - self.step * self.field @ state.now)[:n]
        seen = torch.cat([x, state.now[n:]])
        return torch.cat([x, (seen - self.step * self.field @ seen)[n:]])

    def extragradient(self, state: State) -> Tensor:
        """Look one step ahead, and step by the gradient found there."""
        ahead = state.now - self.step * self.field @ state.now
        return state.now - self.step * self.field @ ahead

    def optimistic(self, state: State) -> Tensor:
        """Step twice, and take back a step of the gradient before."""
        return state.now - self.step * self.field @ (2 * state.now - state.before)


WAYS: dict[str, Callable[[Game, State], Tensor]] = {
    "simultaneous": Game.simultaneous,
    "alternating": Game.alternating,
    "extragradient": Game.extragradient,
    "optimistic": Game.optimistic,
}


def path(
    way: str,
    start: Sequence[float] | Tensor,
    step: float,
    rounds: int,
    matrix: Tensor | float = 1.0,
) -> Tensor:
    """Play a bilinear game, and return where it was: ``(rounds + 1, n + m)``, in float64.

    Args:
        way: ``"simultaneous"``, ``"alternating"``, ``"extragradient"`` or ``"optimistic"``.
        start: x and y, one after the other, ``(n + m,)``.
        step: step size of both players.
        rounds: how many.
        matrix: A, ``(n, m)``, or a number.

    Raises:
        ValueError: if there is no such way, the start does not fit the matrix, or a number is not
            positive.
    """
    play, game = way_named(way), Game(matrix, step)
    first = torch.as_tensor(start, dtype=torch.float64)
    if first.shape != (len(game.field),) or rounds < 1:
        wanted = f"wanted ({len(game.field)},) for this matrix, and at least one round"
        raise ValueError(f"start has shape {tuple(first.shape)}, rounds={rounds}, {wanted}")
    places = [first]
    for _ in range(rounds):
        places.append(play(game, State(places[-1], places[-2] if len(places) > 1 else first)))
    return torch.stack(places)


def means(places: Tensor) -> Tensor:
    r"""Return the mean of a path up to each place, :math:`\frac1{t + 1} \sum_{i \le t} w_i`."""
    count = torch.arange(1, len(places) + 1, dtype=places.dtype, device=places.device)
    return places.cumsum(dim=0) / count[:, None]


def linear_map(way: str, step: float, matrix: Tensor | float = 1.0) -> Tensor:
    r"""Return M of :math:`w_{t+1} = M w_t`.

    It is ``(n + m, n + m)``, but for the optimistic way, whose state is
    :math:`(w_t, w_{t-1})` and whose map twice as large. Raises as :py:func:`path` does.
    """
    way_named(way)
    game = Game(matrix, step)
    identity, j = torch.eye(len(game.field), dtype=torch.float64), step * game.field
    if way == "simultaneous":
        return identity - j
    if way == "extragradient":
        return identity - j + j @ j
    if way == "optimistic":
        before = torch.cat([identity, torch.zeros_like(identity)], dim=1)
        return torch.cat([torch.cat([identity - 2 * j, j], dim=1), before])
    n, x_moves, y_moves = len(game.matrix), identity.clone(), identity.clone()
    x_moves[:n] -= j[:n]
    y_moves[n:] -= j[n:]
    return y_moves @ x_moves


def rate(way: str, step: float, matrix: Tensor | float = 1.0) -> float:
    """Return the largest absolute eigenvalue of the map: below 1 the game comes to rest."""
    return torch.linalg.eigvals(linear_map(way, step, matrix)).abs().max().item()


def way_named(name: str) -> Callable[[Game, State], Tensor]:
    """Return a way to play by its name."""
    if name not in WAYS:
        raise ValueError(f"way={name!r}{suggestion(name, WAYS)}")
    return WAYS[name]
