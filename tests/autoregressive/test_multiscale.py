"""The multi-scale PixelCNN: every pixel once, exact probabilities, few steps."""

import pytest
import torch
import torch.nn.functional as F

from genlib.autoregressive import GatedPixelCNN, MultiScalePixelCNN
from genlib.likelihoods import Categorical, ColourLogisticMixture


@pytest.mark.parametrize("scales", [1, 2])
def test_probabilities_of_all_4_x_4_images_sum_to_one(scales):
    torch.manual_seed(0)
    model = MultiScalePixelCNN(scales, 2, 1, event_shape=(1, 4, 4))
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    bits = torch.arange(2**16)[:, None] >> torch.arange(16) & 1
    images = bits.float().reshape(-1, 1, 4, 4)
    with torch.no_grad():
        log_p = torch.cat([model.log_prob(some) for some in images.split(8192)])
    assert log_p.double().exp().sum().item() == pytest.approx(1, abs=1e-5)
    assert log_p.std() > 0.1


def test_a_probability_is_the_coarse_image_s_and_the_groups():
    torch.manual_seed(0)
    model = MultiScalePixelCNN(1, 4, 1, event_shape=(1, 6, 4))
    x = (torch.rand(3, 1, 6, 4) < 0.5).float()
    known = [x[..., 0::2, 0::2], x[..., 0::2, 1::2], x[..., 1::2, 0::2], x[..., 1::2, 1::2]]
    total = model.base.log_prob(known[0])
    for number, network in enumerate(model.networks, 1):
        logits = network(2 * torch.cat(known[:number], 1) - 1)
        signs = 2 * known[number] - 1
        total = total + F.logsigmoid(signs * logits).sum((1, 2, 3))
    torch.testing.assert_close(model.log_prob(x), total)


@pytest.mark.parametrize(
    ("event", "scales", "steps"),
    [
        ((1, 28, 28), 2, 49 + 2 * 3),
        ((1, 28, 28), 3, 16 + 3 * 3),
        ((1, 5, 2), 2, 2 + 1 + 3),  # the coarse image has no second column
        ((1, 1, 5), 1, 3 + 1),  # one row: nothing below
        ((1, 1, 1), 1, 1),
    ],
)
def test_every_pixel_is_drawn_once_in_few_steps(event, scales, steps):
    model = MultiScalePixelCNN(scales, 4, 1, event_shape=event)
    count = torch.zeros(event)
    for place in model.places():
        assert count[place].numel() > 0
        count[place] += 1
    assert (count == 1).all()
    assert len(model.places()) == steps
    assert model.sample(2).shape == (2, *event)


@pytest.mark.parametrize(
    ("likelihood", "steps"), [(Categorical(4), 3 * (4 + 3)), (ColourLogisticMixture(2, 4), 4 + 3)]
)
def test_colours_follow_each_other_unless_they_are_drawn_at_once(likelihood, steps):
    model = MultiScalePixelCNN(1, 4, 1, event_shape=(3, 4, 4), likelihood=likelihood)
    assert len(model.places()) == steps


def test_a_group_sees_what_is_known_in_all_directions():
    torch.manual_seed(0)
    model = MultiScalePixelCNN(1, 8, 2, event_shape=(1, 8, 8)).double()
    for network in model.networks:
        for block in network.blocks:
            torch.nn.init.normal_(block.branch[-1].weight, std=0.1)
    x = torch.rand(4, 1, 8, 8, dtype=torch.float64).requires_grad_()
    model.conditionals(x)[..., 3, 3].sum().backward()
    seen = (x.grad != 0).any(0)[0]
    own_group = torch.zeros(8, 8, dtype=torch.bool)
    own_group[1::2, 1::2] = True
    assert torch.equal(seen, ~own_group)


def test_any_model_of_the_coarsest_image_can_be_the_base():
    torch.manual_seed(0)
    base = GatedPixelCNN(4, 2, 3, 6, event_shape=(1, 2, 2), classes=2)
    model = MultiScalePixelCNN(2, 4, 1, base=base, event_shape=(1, 7, 8), classes=2)
    model.loss(((torch.rand(8, 1, 7, 8) < 0.5).float(), torch.ones(8).long())).backward()
    for network in model.networks:
        assert network.of_label.weight.grad[1].abs().sum() > 0
    assert base.blocks[0].of_label.weight.grad[1].abs().sum() > 0
    assert model.sample(3, label=1).shape == (3, 1, 7, 8)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"scales": 0}, "wanted positive sizes"),
        ({"channels": 0}, "wanted positive sizes"),
        ({"base": GatedPixelCNN(2, 1, 3, 2, event_shape=(1, 7, 8))}, r"wanted \(\(1, 7, 7\)"),
        (
            {"base": GatedPixelCNN(2, 1, 3, 2, event_shape=(1, 7, 7), classes=2)},
            r"base= for events, parameters, classes \(\(1, 7, 7\), \(1, 1, 7, 7\), 2\)",
        ),
    ],
)
def test_what_does_not_fit_is_refused(options, message):
    with pytest.raises(ValueError, match=message):
        MultiScalePixelCNN(**options)
