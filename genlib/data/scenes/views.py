"""Scenes of a small world, each drawn in several ways."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from genlib.data.images import Images
from genlib.data.pairs import Pairs
from genlib.data.scenes.palette import table
from genlib.suggest import suggestion


@dataclass(frozen=True, eq=False, repr=False)
class Scenes:
    """N scenes, of each of which there is what every pixel is, and several pictures.

    ``scenes[:100]`` are fewer. Pictures of one scene fit pixel by pixel.

    Attributes:
        labels: what each pixel is, uint8 (N, S, S), whole numbers below the number of classes.
        views: pictures by name, each uint8 (N, 3, S, S); ``"map"`` has the palette's colours.
        palette: the colour of each class by its name, in the order of the labels.
    """

    labels: Tensor
    views: Mapping[str, Tensor]
    palette: Mapping[str, tuple[int, int, int]]

    def __len__(self) -> int:
        """Return the number of scenes."""
        return len(self.labels)

    def __getitem__(self, index: slice | Sequence[int] | Tensor) -> "Scenes":
        """Return the scenes at ``index``, which may be all but a single number."""
        if isinstance(index, int):
            raise TypeError(f"scenes[{index}] is one scene; take scenes[{index}:{index + 1}]")
        views = {name: view[index] for name, view in self.views.items()}
        return Scenes(self.labels[index], views, self.palette)

    def __repr__(self) -> str:
        """Say how many scenes of what size there are, and how they are drawn."""
        size = self.labels.shape[-1]
        return f"Scenes({len(self):,} of {size} x {size} pixels: {', '.join(self.views)})"

    @property
    def classes(self) -> tuple[str, ...]:
        """What the labels are called."""
        return tuple(self.palette)

    @property
    def colours(self) -> Tensor:
        """The map's colours by label, uint8 (K, 3)."""
        return table(self.palette)

    def view(self, name: str) -> Tensor:
        """Return the pictures of a name, uint8 (N, 3, S, S).

        Raises:
            ValueError: there is no such view; the message names the nearest.
        """
        if name not in self.views:
            raise ValueError(f"there is no view {name!r}{suggestion(name, self.views)}")
        return self.views[name]

    def images(self, name: str) -> Images:
        """Return the pictures of a name as a set of images, labelled by the number of the scene."""
        return Images(self.view(name), torch.arange(len(self)))

    def pairs(self, first: str, second: str) -> Pairs:
        """Return two views of every scene; ``.unpaired()`` of it never shows a scene twice."""
        return Pairs(self.view(first), self.view(second))

    def domains(self, *names: str) -> Images:
        """Return one picture of every scene, labelled by the view that it is from.

        Scene i is shown in view i mod K of the K names, so that no scene is seen in two domains:
        unpaired data for a model of many domains. The labels number the names from 0.

        Raises:
            ValueError: a view is unknown, or there are fewer than two of them or twice the same.
        """
        if len(names) < 2 or len(set(names)) < len(names):
            raise ValueError(f"domains{names}: wanted two or more different views")
        views = [self.view(name) for name in names]
        label = torch.arange(len(self)) % len(names)
        images = torch.empty_like(views[0])
        for k, view in enumerate(views):
            images[label == k] = view[label == k]
        return Images(images, label)
