"""What a run is made of, as flat names and values: two runs can be told apart by name."""

from collections.abc import Mapping, Sequence

from genlib.model import Model
from genlib.player import Player
from genlib.storage import join_first
from genlib.training.describe import describe_named, public

OF_PLAYER = ("loss", "lr", "betas", "schedule", "clip", "updates", "after", "optimizer")


def fingerprint(model: Model, players: Sequence[Player]) -> dict[str, str]:
    """Describe a model and its players.

    Of each module these are its class and its public attributes, of each player what decides its
    steps.
    """
    found = {}
    for path, module in model.named_modules():
        place = f"model.{path}".rstrip(".")
        found[place] = type(module).__name__
        for name, value in public(module).items():
            if name != "training" and not callable(getattr(type(module), name, None)):
                found[f"{place}.{name}"] = describe_named(name, value)
    for player in players:
        for name in OF_PLAYER:
            found[f"player {player.name}.{name}"] = describe_named(name, getattr(player, name))
    return found


def changed(before: Mapping[str, str], now: Mapping[str, str]) -> set[str]:
    """Return the names whose values differ."""
    return {name for name in before.keys() | now.keys() if before.get(name) != now.get(name)}


def check_same_run(before: Mapping[str, str], now: Mapping[str, str], moving: set[str]) -> None:
    """Raise unless a checkpoint's fingerprint is that of the run that wants to go on from it.

    Args:
        before: the checkpoint's.
        now: the run's.
        moving: names whose values changed while the checkpoint's run went on, such as a count of
            calls; they tell nothing.

    Raises:
        ValueError: naming what differs.
    """
    wrong = [
        f"{name} was {before.get(name, 'absent')}, here it is {now.get(name, 'absent')}"
        for name in sorted(changed(before, now) - moving)
    ]
    if wrong:
        raise ValueError(
            f"the checkpoint is of another run: {join_first(wrong)}. Give these settings again, or "
            "another folder"
        )
