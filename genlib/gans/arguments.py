"""What a game can be built from, and how anything else is refused."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

from genlib.model import Player
from genlib.player import is_interval, is_positive_whole
from genlib.suggest import suggestion

ACCURACIES = ("real_accuracy", "fake_accuracy", "pair_accuracy")
LABELS = ("real_label", "fake_label")
RESERVED = (  # columns of D that no penalty may take
    "loss", "gradient_norm", "real", "fake", *LABELS, *ACCURACIES,
)  # fmt: skip
DECIDED = ("name", "modules", "loss")  # what the game itself says of its players


def check_sizes(
    latent: int, event_shape: Sequence[int], bounds: tuple[float, float] | None
) -> None:
    """Raise ``ValueError`` for sizes of which no game could be made."""
    if not is_positive_whole(latent):
        raise ValueError(f"latent={latent!r}, wanted a positive length")
    if len(event_shape) == 0 or not all(map(is_positive_whole, event_shape)):
        raise ValueError(f"event_shape={tuple(event_shape)}, wanted one or more positive sizes")
    if bounds is not None and not is_interval(bounds):
        raise ValueError(f"bounds={bounds}, wanted (low, high) with finite low < high, or None")


def check_classes(classes: int | None, *networks: object) -> None:
    """Raise ``ValueError`` unless a conditional game has its own networks."""
    if classes is None:
        return
    if not is_positive_whole(classes):
        raise ValueError(f"classes={classes!r}, wanted a positive whole number, or None")
    if None in networks:
        raise ValueError(
            f"classes={classes} wants networks that take labels: G(z, label), D(x, label)"
        )


def check_penalties(penalties: Sequence[object], kind: type, *others: str) -> None:
    """Raise ``ValueError`` unless these are penalties of different names.

    Args:
        penalties: what is given.
        kind: what each should be.
        others: what else D records in this game.
    """
    if not (isinstance(penalties, Sequence) and all(isinstance(one, kind) for one in penalties)):
        raise ValueError(f"penalties={penalties!r}, wanted a list such as [GradientPenalty(10)]")
    reserved, own = (*RESERVED, *others), [penalty.name for penalty in penalties]
    if len({*reserved, *own}) < len(reserved) + len(own):
        raise ValueError(f"penalties are called {own}, wanted different names, none of {reserved}")


def check_stabilisers(stabilisers: Sequence[object], kind: type) -> None:
    """Raise ``ValueError`` unless these are stabilisers, each of them once."""
    given = isinstance(stabilisers, Sequence) and all(isinstance(one, kind) for one in stabilisers)
    if not given:
        raise ValueError(f"stabilisers={stabilisers!r:.80}, wanted a list such as [Unrolled(5)]")
    kinds = [type(one).__name__ for one in stabilisers]
    if len(set(kinds)) < len(kinds):
        raise ValueError(f"stabilisers are {', '.join(kinds)}, wanted each at most once")


def check_way(name: str, way: str | None, known: Sequence[str | None]) -> None:
    """Raise ``ValueError`` unless this is a way in which a label can enter a network."""
    if way not in known:
        raise ValueError(f"{name}={way!r}, wanted one of {', '.join(map(repr, known))}")


def turn_of(player: str, given: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return what is different for a player, if it is what a ``Player`` can be told.

    Raises:
        ValueError: naming what it does not know.
    """
    known = [field.name for field in fields(Player) if field.name not in DECIDED]
    for name in given or {}:
        if name not in known:
            raise ValueError(f"{player}_turn: no setting {name!r}{suggestion(name, known)}")
    return dict(given or {})
