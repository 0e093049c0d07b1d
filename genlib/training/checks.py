"""Whether a model and its players can be trained at all: asked before anything moves."""

from collections.abc import Sequence

import torch
from torch.nn.parameter import UninitializedTensorMixin

from genlib.model import Model
from genlib.player import Player
from genlib.suggest import suggestion


def check_model(model: Model) -> None:
    """Refuse a model that no gradient could change.

    Raises:
        ValueError: if gradients are switched off, or some weights have no values.
    """
    if torch.is_inference_mode_enabled() or not torch.is_grad_enabled():
        raise ValueError("gradients are switched off: call fit outside of no_grad, inference_mode")
    for name, tensor in [*model.named_parameters(), *model.named_buffers()]:
        if isinstance(tensor, UninitializedTensorMixin):
            raise ValueError(f"{name} has no shape yet (lazy): call the model on a batch first")
        if tensor.is_meta:
            raise ValueError(f"{name} is on the meta device, without values: wanted a built model")
        if tensor.is_inference():
            raise ValueError(f"{name} was made in inference_mode: build the model outside of it")


def check_players(players: Sequence[Player], model: Model) -> None:
    """Refuse a game without players, with two of one name, or with weights of another model."""
    who = type(model).__name__
    if not players:
        raise ValueError(f"{who} has no players, wanted at least one")
    kinds = {type(one).__name__ for one in players if not isinstance(one, Player)}
    if kinds:
        raise ValueError(f"the players of {who} are {', '.join(sorted(kinds))}, wanted Players")
    names = [player.name for player in players]
    if len(set(names)) < len(names):
        raise ValueError(f"the players of {who} are called {names}, wanted different names")
    own = {id(parameter) for parameter in model.parameters()}
    for player in players:
        if any(id(parameter) not in own for parameter in player.parameters()):
            raise ValueError(
                f"player {player.name!r} has weights that are not {who}'s, so they would neither "
                f"be moved to the device nor saved: wanted its modules as attributes of {who}"
            )


def only_these(players: Sequence[Player], names: Sequence[str] | None) -> list[Player]:
    """Return the players that play, in the order of their turns; ``None`` means all of them.

    Raises:
        ValueError: if a name is no player's.
    """
    known = [player.name for player in players]
    for name in names or ():
        if name not in known:
            raise ValueError(f"only={tuple(names)!r}: no player {name!r}{suggestion(name, known)}")
    return [player for player in players if names is None or player.name in names]
