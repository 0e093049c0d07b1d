"""Activation normalisation."""

import torch
from torch import Tensor, nn

from genlib.transforms.transform import Transform, check_events_of

SMALLEST = 1e-10  # variance below which a channel counts as constant


class ActNorm(Transform):
    r"""Scales and shifts every coordinate of a point, or channel of an image.

    .. math:: y_c = e^{a_c}\, \frac{z_c - m_c}{s_c} + b_c, \qquad
              \log \left| \det \frac{\partial y}{\partial z} \right|
              = H W \sum_c (a_c - \log s_c)

    (without H W for points). Mean m and standard deviation s are those of the first batch that
    comes in training mode, and stay, as buffers: that batch comes out with mean 0 and variance 1.
    The logarithm of the scale, a, and the shift b are learned, and start at 0. A channel that does
    not vary in that batch keeps its scale. In evaluation mode nothing is measured; before the first
    batch m is 0 and s is 1.

    Kingma and Dhariwal (2018, https://arxiv.org/abs/1807.03039), who let m and s be the start of
    b and a. Derived in the chapter on normalising flows.

    Args:
        size: coordinates D or channels C.
        event_dims: 1 for points, 3 for images.

    Raises:
        ValueError: if the size is not positive or there are no such events.
    """

    def __init__(self, size: int, event_dims: int = 3) -> None:
        """Start as the identity, with nothing measured."""
        super().__init__()
        check_events_of(size, event_dims)
        self.size, self.event_dims = size, event_dims
        zeros = torch.zeros(size, *[1] * (event_dims - 1))
        self.log_scale, self.shift = nn.Parameter(zeros.clone()), nn.Parameter(zeros.clone())
        self.register_buffer("mean", zeros.clone())
        self.register_buffer("log_deviation", zeros.clone())
        self.register_buffer("measured", torch.tensor(False))

    def forward(self, z: Tensor, context: None = None) -> tuple[Tensor, Tensor]:
        """Return y and the log-determinant; in training mode measure the first batch."""
        self.check_channels(z, self.size)
        mean, log_deviation = self.measure(z) if self.training else (self.mean, self.log_deviation)
        log_scale = self.log_scale - log_deviation
        y = torch.exp(log_scale) * (z - mean) + self.shift
        return y, self.everywhere(log_scale.sum(), z)

    def inverse(self, y: Tensor, context: None = None) -> tuple[Tensor, Tensor]:
        """Return z and the log-determinant of this direction; nothing is measured."""
        self.check_channels(y, self.size)
        log_scale = self.log_scale - self.log_deviation
        z = torch.exp(-log_scale) * (y - self.shift) + self.mean
        return z, self.everywhere(-log_scale.sum(), y)

    @torch.no_grad()
    def measure(self, z: Tensor) -> tuple[Tensor, Tensor]:
        """Return mean and log standard deviation of the first batch, which this may be.

        Whether it is stands on the device, so every batch is measured and none is waited for.
        What is returned is no buffer: a backward pass may need it after the next batch.
        """
        others = [dim for dim in range(z.dim()) if dim != z.dim() + self.axis]
        variance, mean = torch.var_mean(z, others, correction=0)
        log_deviation = 0.5 * torch.where(variance > SMALLEST, variance, 1).log()
        found = []
        for buffer, now in ((self.mean, mean), (self.log_deviation, log_deviation)):
            found.append(torch.where(self.measured, buffer, now.view_as(buffer)))
            buffer.copy_(found[-1])
        self.measured.fill_(True)
        return found[0], found[1]
