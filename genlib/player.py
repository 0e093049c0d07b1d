"""A player: whose parameters move, and what they minimise."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from numbers import Integral, Real

import torch
from torch import Tensor, nn

Batch = Tensor | tuple[Tensor, ...]
Loss = Tensor | tuple[Tensor, dict[str, Tensor]]
Schedule = Callable[[int, int], float] | str


def is_number(value: object) -> bool:
    """Whether a value is a finite real number, which True is not."""
    return isinstance(value, Real) and not isinstance(value, bool) and math.isfinite(value)


def is_positive_whole(value: object) -> bool:
    """Whether a value is a whole number from 1, which True is not."""
    return isinstance(value, Integral) and not isinstance(value, bool) and value >= 1


def is_interval(value: object) -> bool:
    """Whether a value is two finite numbers, the smaller one first."""
    two = isinstance(value, Sequence) and len(value) == 2 and all(map(is_number, value))
    return two and value[0] < value[1]


def is_pair_of_rates(value: object) -> bool:
    """Whether a value is two decay rates, each in [0, 1)."""
    two = isinstance(value, Sequence) and len(value) == 2
    return two and all(is_number(one) and 0 <= one < 1 for one in value)


def is_function(value: object) -> bool:
    """Whether a value can be called, or is not given."""
    return value is None or callable(value)


PLAYER_RULES: dict[str, tuple[Callable[[object], bool], str]] = {
    "loss": (callable, "a function of the batch"),
    "lr": (lambda value: is_number(value) and value > 0, "a positive, finite number"),
    "betas": (is_pair_of_rates, "two numbers in [0, 1)"),
    "schedule": (
        lambda value: isinstance(value, str) or is_function(value),
        "None, a name or a function (step, steps)",
    ),
    "clip": (
        lambda value: value is None or (is_number(value) and value > 0),
        "None or a positive, finite number",
    ),
    "updates": (
        is_positive_whole,
        "a whole number, at least 1",
    ),
    "gradient_norm": (lambda value: isinstance(value, bool), "True or False"),
    "after": (is_function, "None or a function of nothing"),
    "optimizer": (is_function, "None or a function of the parameters, such as a partial of SGD"),
}


@dataclass
class Player:
    """One participant of the game: whose parameters move, and what they minimise.

    In its turn a player makes ``updates`` gradient steps on ``loss``, each on a fresh batch,
    and moves only the parameters of ``modules``.

    Args:
        name: how the player's columns are called in the History; without ``/``.
        modules: the networks whose parameters this player owns.
        loss: ``loss(batch)`` gives a scalar to minimise, or the scalar and a dictionary of
            scalar tensors to record beside it.
        lr: step size of Adam.
        betas: decay rates of Adam's two averages (Kingma and Ba, 2015,
            https://arxiv.org/abs/1412.6980).
        schedule: ``schedule(step, steps)`` gives the factor on ``lr`` in round ``step``
            (counted from 0) of ``steps``; or the name of one in ``genlib.training.schedules``.
        clip: largest Euclidean norm that the gradient of all parameters together may have.
        updates: gradient steps a round.
        gradient_norm: record the Euclidean norm of the gradient of all parameters together, as it
            is before ``clip``, in the column ``gradient_norm``.
        after: called when an update is done (weight clipping, codebook averages).
        optimizer: a factory ``parameters -> Optimizer`` that replaces Adam, for example
            ``functools.partial(torch.optim.SGD, lr=0.1)``.

    Raises:
        ValueError: if an argument is not of its kind or out of its range, or the modules hold
            nothing to train.
    """

    name: str
    modules: Sequence[nn.Module]
    loss: Callable[[Batch], Loss]
    lr: float = 1e-3
    betas: tuple[float, float] = (0.9, 0.999)
    schedule: Schedule | None = None
    clip: float | None = None
    updates: int = 1
    gradient_norm: bool = False
    after: Callable[[], None] | None = None
    optimizer: Callable[[Iterable[nn.Parameter]], torch.optim.Optimizer] | None = None

    def __post_init__(self) -> None:
        """Refuse a player that could not play."""
        if not isinstance(self.name, str) or not self.name or "/" in self.name:
            raise ValueError(f"a player's name={self.name!r}, wanted a name without '/'")
        self.modules = self._checked_modules()
        for name, (good, wanted) in PLAYER_RULES.items():
            value = getattr(self, name)
            if not good(value):
                raise ValueError(f"player {self.name!r}: {name}={value!r:.60}, wanted {wanted}")
        self.lr, self.updates = float(self.lr), int(self.updates)  # of NumPy too
        self.betas = tuple(map(float, self.betas))  # Adam takes no whole numbers
        if not self.parameters():
            raise ValueError(f"player {self.name!r} has no trainable parameters in its modules")

    def _checked_modules(self) -> Sequence[nn.Module]:
        """Return the modules as a list, or say which ones are none."""
        who, given = f"player {self.name!r}: modules", self.modules
        if isinstance(given, nn.Module) and not isinstance(given, nn.ModuleList):
            raise ValueError(f"{who}={type(given).__name__}, wanted a sequence of modules: [net]")
        if not isinstance(given, Iterable):
            raise ValueError(f"{who}={given!r:.60}, wanted a sequence of modules")
        found = list(given)
        kinds = {type(one).__name__ for one in found if not isinstance(one, nn.Module)}
        if kinds:
            raise ValueError(f"{who} holds {', '.join(sorted(kinds))}, wanted modules alone")
        return found

    def parameters(self) -> list[nn.Parameter]:
        """Return the trainable parameters of this player's modules, each once."""
        found = {id(p): p for m in self.modules for p in m.parameters() if p.requires_grad}
        return list(found.values())
