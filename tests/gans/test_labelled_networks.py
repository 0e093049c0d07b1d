"""Ways in which a label enters a network: by hand, and their gradients written out."""

import pytest
import torch
from torch import Tensor, nn

from genlib.gans import (
    ACGAN,
    R1,
    R2,
    ClassifyingDiscriminator,
    Concatenated,
    ConditionalGAN,
    ConditionallyNormed,
    GradientPenalty,
    InstanceNoise,
    MinibatchStd,
    Penalty,
    ProjectionDiscriminator,
    SpectralNorm,
    Unlabelled,
)
from genlib.nn import ConditionalBatchNorm2d

LABEL = torch.tensor([2, 0, 1, 2])


def body() -> nn.Module:
    return nn.Sequential(nn.Linear(3, 5), nn.LeakyReLU(0.2), nn.Linear(5, 4), nn.LeakyReLU(0.2))


def images() -> Tensor:
    return torch.rand(4, 1, 4, 4, generator=torch.Generator().manual_seed(0)).double() - 0.5


def events() -> Tensor:
    return torch.randn(4, 3, generator=torch.Generator().manual_seed(0)).double()


def test_a_label_beside_a_code_is_noughts_and_a_one() -> None:
    joined = Concatenated(nn.Identity(), 3)(events(), LABEL)
    assert torch.equal(joined[:, :3], events())
    assert joined[:, 3:].tolist() == [[0, 0, 1], [1, 0, 0], [0, 1, 0], [0, 0, 1]]


def test_a_label_beside_an_image_is_a_channel_of_ones() -> None:
    joined = Concatenated(nn.Identity(), 3)(images(), LABEL)
    assert joined.shape == (4, 4, 4, 4)
    assert torch.equal(joined[:, :1], images())
    for i, k in enumerate(LABEL.tolist()):
        assert joined[i, 1:].sum(dim=(1, 2)).tolist() == [16 * (j == k) for j in range(3)]
    flat = Concatenated(nn.Identity(), 3, flat=True)(images(), LABEL)
    assert flat.shape == (4, 19)
    assert flat[:, 16:].argmax(dim=1).tolist() == LABEL.tolist()


def test_a_network_without_label_says_the_same_of_all() -> None:
    torch.manual_seed(0)
    d = Unlabelled(body().double())
    assert torch.equal(d(events(), LABEL), d(events(), 0 * LABEL))


def test_the_projection_by_hand() -> None:
    torch.manual_seed(0)
    d = ProjectionDiscriminator(body(), 4, 3).double()
    scores = d(events(), LABEL)
    assert scores.shape == (4,)
    for i, k in enumerate(LABEL.tolist()):
        phi = d.body(events()[i])
        psi = sum(d.last.weight[0, j] * phi[j] for j in range(4)) + d.last.bias[0]
        product = sum(d.embedding.weight[k, j] * phi[j] for j in range(4))
        torch.testing.assert_close(scores[i], product + psi)


def test_the_classifier_by_hand_and_a_score_without_label() -> None:
    torch.manual_seed(0)
    d = ClassifyingDiscriminator(body(), 4, 3).double()
    scores, logits = d.both(events())
    assert (scores.shape, logits.shape) == ((4,), (4, 3))
    phi = d.body(events())
    torch.testing.assert_close(scores, phi @ d.last.weight[0] + d.last.bias)
    torch.testing.assert_close(logits, phi @ d.classifier.weight.T + d.classifier.bias)
    assert torch.equal(d(events(), LABEL), d(events(), 0 * LABEL))
    torch.testing.assert_close(d(events(), LABEL), scores)


def test_norms_with_a_label_stand_where_batch_norm_stood() -> None:
    torch.manual_seed(0)
    g = ConditionallyNormed(3, 2, 4, (1, 4, 4)).double()
    norms = [layer for layer in g if isinstance(layer, ConditionalBatchNorm2d)]
    assert len(norms) == 1
    assert not any(isinstance(layer, nn.BatchNorm2d) for layer in g)
    z = torch.randn(4, 2).double()
    assert torch.equal(g(z, LABEL), g(z, 0 * LABEL))  # at first all labels are alike
    nn.init.normal_(norms[0].shift.weight)
    changed = (g(z, LABEL) - g(z, 0 * LABEL)).abs().amax(dim=(1, 2, 3)) > 1e-6
    assert changed.tolist() == [True, False, True, True]


GAMES = {
    "projection": lambda **o: ConditionalGAN(into_discriminator="projection", **o),
    "concatenation": lambda **o: ConditionalGAN(into_discriminator="concatenation", **o),
    "unlabelled": lambda **o: ConditionalGAN(into_discriminator=None, **o),
    "classifier": lambda **o: ACGAN(0.5, **o),
}
SIZES = {"classes": 3, "latent": 2, "width": 2, "event_shape": (1, 4, 4), "batch_norm": False}


@pytest.mark.parametrize("name", GAMES)
@pytest.mark.parametrize("hidden", [None, (6, 5)])
@pytest.mark.parametrize("stabilisers", [(), (SpectralNorm(),), (InstanceNoise(),)], ids=str)
def test_gradients_written_out_are_those_of_autograd(
    name: str, hidden: tuple | None, stabilisers: tuple
) -> None:
    found = []
    for closed in (False, True):
        torch.manual_seed(0)
        penalties: list[Penalty] = [R1(2.0, closed=closed), GradientPenalty(closed=closed)]
        model = GAMES[name](
            penalties=penalties, stabilisers=stabilisers, discriminator_hidden=hidden, **SIZES
        ).double()
        cost, said = model.discriminator_loss((images(), LABEL))
        weights = [p for p in model.discriminator.parameters() if p.requires_grad]
        slopes = torch.autograd.grad(cost, weights, allow_unused=True)
        found.append(([said["r1"], said["gradient_penalty"]], slopes))
    assert found[0][0][0] > 0
    torch.testing.assert_close(found[1], found[0], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", GAMES)
def test_a_label_changes_the_slope_of_a_discriminator_that_looks_at_it(name: str) -> None:
    torch.manual_seed(0)
    model = GAMES[name](penalties=[R2(closed=True)], **SIZES).double()
    x = images()
    slopes = [model.discriminator.input_gradient(x, 0 * LABEL + k) for k in (0, 1)]
    differ = not torch.equal(*slopes)
    assert differ == (name in ("projection", "concatenation"))


def test_what_cannot_be_written_out_says_so() -> None:
    penalties = [R1(closed=True)]
    bigger = SIZES | {"batch_norm": True, "event_shape": (1, 16, 16)}
    model = GAMES["projection"](penalties=penalties, **bigger)
    with pytest.raises(ValueError, match="BatchNorm2d is not known in closed form"):
        model.discriminator_loss((torch.zeros(4, 1, 16, 16), LABEL))
    model = GAMES["projection"](penalties=penalties, stabilisers=[MinibatchStd()], **SIZES)
    with pytest.raises(ValueError, match="MinibatchStd is not known in closed form"):
        model.discriminator_loss((images().float(), LABEL))
