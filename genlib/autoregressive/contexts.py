"""Contexts as whole numbers, so that they can be sorted, counted and looked up."""

import torch
import torch.nn.functional as F
from torch import Tensor


class ContextNumbers:
    """Numbers of contexts: what stood before an entry, and which group of counts is meant.

    A number's digits in base K + 1 are one more than the levels of the entries before, the latest
    last, 0 for none; what is left of k digits is the group. So contexts of all lengths, of a group,
    lie between two numbers.

    Args:
        levels: K.
        longest: k, entries in the longest context.
        groups: how many groups there are.

    Raises:
        ValueError: if the contexts are too long for numbers of 62 binary digits.
    """

    def __init__(self, levels: int, longest: int, groups: int) -> None:
        """Keep the sizes."""
        self.base, self.longest = levels + 1, longest
        if longest < 0 or groups * self.base**longest >= 2**62:
            raise ValueError(
                f"context={longest}: wanted at least 0, and not more than can be numbered "
                f"where there are {levels} levels and {groups} positions and labels"
            )

    def before_each(self, levels: Tensor, group: Tensor) -> Tensor:
        """Return the numbers of the contexts of 0 to k entries before each, ``(B, D, k + 1)``.

        Where there are fewer entries before, all longer contexts are the whole beginning.

        Args:
            levels: of events, ``(B, D)``.
            group: of each entry, ``(B, D)``.
        """
        k, d = self.longest, levels.shape[1]
        padded = F.pad(levels + 1, (k, 0))  # entry i is at i + k
        before = [padded[:, k - back : k - back + d] for back in range(1, k + 1)]
        return self(torch.stack(before, -1) if k else levels.unsqueeze(-1)[..., :0], group)

    def __call__(self, before: Tensor, group: Tensor) -> Tensor:
        """Return the numbers of the contexts of 0 to k entries, ``(..., k + 1)``.

        Args:
            before: one more than the levels, the latest first, 0 for none, ``(..., k)``.
            group: ``(...)``.
        """
        powers = self.base ** torch.arange(self.longest, device=before.device)
        own = F.pad((before * powers).cumsum(-1), (1, 0))
        return own + group.unsqueeze(-1) * self.base**self.longest

    def shortened(self, numbers: Tensor, length: int) -> Tensor:
        """Return the numbers of contexts of that length without their oldest entry.

        What is shorter than the empty context has the number -1.
        """
        if length == 0:
            return torch.full_like(numbers, -1)
        power = self.base ** (length - 1)
        return numbers - numbers // power % self.base * power
