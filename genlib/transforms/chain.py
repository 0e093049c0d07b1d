"""Transforms one after the other."""

from torch import Tensor, nn

from genlib.transforms.transform import Transform


class Chain(Transform):
    r"""The composition of transforms, whose log-determinants add up.

    .. math:: y = f_T(\dots f_1(z)), \qquad \log \left| \det \frac{\partial y}{\partial z} \right|
              = \sum_t \log \left| \det \frac{\partial f_t}{\partial z_{t-1}} \right|

    Derived in the chapter on normalising flows.

    Args:
        *steps: transforms without a context, in the order in which ``forward`` takes them.

    Raises:
        ValueError: if there is none, or one wants a context.
    """

    def __init__(self, *steps: Transform) -> None:
        """Keep the steps."""
        super().__init__()
        if not steps or any(step.context for step in steps):
            raise ValueError(f"{len(steps)} steps, wanted at least one, and none with a context")
        self.steps = nn.ModuleList(steps)
        self.event_dims = steps[0].event_dims

    def forward(self, z: Tensor, context: None = None) -> tuple[Tensor, Tensor]:
        """Return what the last step gives, and the sum of all log-determinants."""
        total = self.same_volume(z)
        for step in self.steps:
            z, log_det = step(z)
            total = total + log_det
        return z, total

    def inverse(self, y: Tensor, context: None = None) -> tuple[Tensor, Tensor]:
        """Undo the steps from the last to the first."""
        total = 0
        for step in reversed(self.steps):
            y, log_det = step.inverse(y)
            total = total + log_det
        return y, total
