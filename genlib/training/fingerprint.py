"""What a run is made of, as flat names and values: two runs can be told apart by name."""

from collections.abc import Sequence

from genlib.model import Model, Player
from genlib.storage import join_first

PLAIN = (bool, int, float, str, type(None))


def settings(model: Model, players: Sequence[Player]) -> dict[str, str]:
    """Describe a model and its players.

    Of each module these are its class and its public plain attributes, as they are in the first
    round; of each player what decides its steps.
    """
    model.on_step(0, 1)  # what changes in time (beta, temperature) stands at its beginning
    found = {}
    for path, module in model.named_modules():
        found[f"model.{path}".rstrip(".")] = type(module).__name__
        for name, value in vars(module).items():
            if not name.startswith("_") and name != "training" and is_plain(value):
                found[f"model.{path}.{name}".replace("..", ".")] = called(value)
    for player in players:
        for name in ("lr", "betas", "schedule", "clip", "updates", "optimizer"):
            found[f"player {player.name}.{name}"] = called(getattr(player, name))
    return found


def is_plain(value: object) -> bool:
    """Whether a value says the same in every process."""
    if isinstance(value, tuple | list):
        return all(is_plain(part) for part in value)
    return isinstance(value, PLAIN)


def called(value: object) -> str:
    """Return a name for a value: its own for a function, its class's for another object."""
    if is_plain(value):  # a list and a tuple say the same
        return repr(tuple(value) if isinstance(value, list) else value)
    value = getattr(value, "func", value)  # a functools.partial
    return getattr(value, "__qualname__", type(value).__qualname__)


def refuse_another(before: dict[str, str], now: dict[str, str]) -> None:
    """Raise unless a checkpoint's settings are those of the run that wants to go on from it.

    Raises:
        ValueError: naming what differs.
    """
    wrong = [
        f"{name} was {before.get(name, 'absent')}, here it is {now.get(name, 'absent')}"
        for name in sorted(before.keys() | now.keys())
        if before.get(name) != now.get(name)
    ]
    if wrong:
        raise ValueError(
            f"the checkpoint is of another run: {join_first(wrong)}. Give these settings again, or "
            "another folder"
        )
