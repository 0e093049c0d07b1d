"""Scenes: small worlds that are drawn in several ways, so that the true partner is known.

The same town is a map of labels, a map in colours and a photograph; the same street is seen by day,
by night, in fog and in snow. All of it follows from a seed.
"""

from genlib.data.scenes.views import Scenes
from genlib.data.scenes.worlds import aerial, streets

__all__ = ["Scenes", "aerial", "streets"]
