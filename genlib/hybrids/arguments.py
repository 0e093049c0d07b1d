"""What a hybrid can be built from, and how anything else is refused."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

from genlib.model import Player
from genlib.player import is_interval, is_number, is_positive_whole
from genlib.suggest import suggestion

DECIDED = ("name", "modules", "loss")  # what the game itself says of its players
COSTS = ("discriminator", "generator", "verdict")


def check_sizes(
    latent: int, event_shape: Sequence[int], bounds: tuple[float, float] | None = None
) -> None:
    """Raise ``ValueError`` for sizes of which no model could be made."""
    if not is_positive_whole(latent):
        raise ValueError(f"latent={latent!r}, wanted a positive length")
    if len(event_shape) == 0 or not all(map(is_positive_whole, event_shape)):
        raise ValueError(f"event_shape={tuple(event_shape)}, wanted one or more positive sizes")
    if bounds is not None and not is_interval(bounds):
        raise ValueError(f"bounds={bounds}, wanted (low, high) with finite low < high, or None")


def check_loss(loss: object) -> None:
    """Raise ``ValueError`` unless a loss judges each event by itself, as those of GANs do."""
    missing = [name for name in COSTS if not callable(getattr(loss, name, None))]
    if missing or getattr(loss, "pairs_real", False):
        raise ValueError(
            f"loss={loss!r:.60}, wanted a loss of genlib.gans that judges each sample by itself, "
            "such as LeastSquares()"
        )


def checked_turns(
    turns: Mapping[str, Mapping[str, Any]] | None, players: Sequence[str]
) -> dict[str, dict[str, Any]]:
    """Return what is different for each player, if there are such players and settings.

    Raises:
        ValueError: naming what is unknown.
    """
    known = [field.name for field in fields(Player) if field.name not in DECIDED]
    for player, turn in (turns or {}).items():
        if player not in players:
            raise ValueError(f"turns: no player {player!r}{suggestion(player, players)}")
        for name in turn:
            if name not in known:
                raise ValueError(f"turns[{player!r}]: no {name!r}{suggestion(name, known)}")
    return {player: dict(turn) for player, turn in (turns or {}).items()}


def check_weight(name: str, weight: float) -> None:
    """Raise ``ValueError`` unless a weight of a loss is a finite number from 0."""
    if not (is_number(weight) and weight >= 0):
        raise ValueError(f"{name}={weight!r}, wanted a number from 0")
