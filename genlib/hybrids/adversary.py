"""What a discriminator and its opponent minimise, unless they are given another loss."""

import torch
from torch import Tensor, nn
from torch.nn.functional import logsigmoid


class CrossEntropy(nn.Module):
    r"""A classifier of real (1) against fake (0), and an opponent who wants fakes called real.

    .. math::

        J_D = E[-\log \sigma(s)]_{\text{real}} + E[-\log(1 - \sigma(s))]_{\text{fake}}, \qquad
        J_G = E[-\log \sigma(s)]_{\text{fake}}

    of logits s of any shape, in nats. It is the loss that ``genlib.gans`` calls non-saturating;
    any of the losses there that judges each sample by itself can take its place. Goodfellow et al.
    (2014, https://arxiv.org/abs/1406.2661), section 3. Derived in the chapter on minimax and
    non-saturating costs.
    """

    def discriminator(self, real: Tensor, fake: Tensor) -> Tensor:
        """Return the scalar that the discriminator minimises."""
        return -logsigmoid(real).mean() - logsigmoid(-fake).mean()

    def generator(self, fake: Tensor) -> Tensor:
        """Return the scalar that its opponent minimises."""
        return -logsigmoid(fake).mean()

    def verdict(self, scores: Tensor) -> Tensor:
        """Return the probability of being real."""
        return torch.sigmoid(scores)
