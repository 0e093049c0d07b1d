"""What a user may ask of a run."""

from dataclasses import dataclass, fields

DECISIVE = ("steps", "batch_size", "precision", "seed")  # they decide which weights come out


@dataclass(frozen=True, kw_only=True)
class Options:
    """What a user asks of a run; ``None`` leaves what the recipe says.

    Attributes:
        steps: rounds in all; the phases of a recipe shrink or grow in proportion.
        batch_size: examples a batch, in every phase.
        precision: ``"float32"``, ``"bf16"`` or ``"auto"`` (see ``fit``), in every phase.
        seed: seed of the weights, the order of the data and all noise.
        device: where to train and score, see ``fit``.
        images: how many images of each split to score.
        draws: how many draws the scores may take for each image.
        tensorboard: write event files, see ``genlib.training.logs``.
        resume: go on from the folder's checkpoint; otherwise delete it and begin anew.
    """

    steps: int | None = None
    batch_size: int | None = None
    precision: str | None = None
    seed: int | None = None
    device: str | None = None
    images: int | None = None
    draws: int | None = None
    tensorboard: bool | None = None
    resume: bool = True

    def given(self, *names: str) -> dict[str, object]:
        """Return those of the named options that ask for something."""
        found = {name: getattr(self, name) for name in names}
        return {name: value for name, value in found.items() if value is not None}

    def all_given(self) -> dict[str, object]:
        """Return all options that ask for something."""
        return self.given(*(field.name for field in fields(self) if field.name != "resume"))

    def command(self, recipe: str) -> str:
        """Return the command that makes the same result again."""
        decisive = self.given(*DECISIVE).items()
        flags = [f" --{name.replace('_', '-')} {value}" for name, value in decisive]
        return f"python -m genlib train {recipe}" + "".join(flags)
