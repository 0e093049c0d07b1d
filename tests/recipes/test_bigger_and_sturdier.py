"""Parts of BigGAN, batches and attacks: what each kind changes, how D is asked, a whole table."""

import pytest
import torch
from torch import nn
from torch.nn.utils import parametrize

from genlib.gans import AdversarialTraining, FreeAdversarialTraining, Hinge, NonSaturating
from genlib.nn import SelfAttention2d
from genlib.recipes import big_gan
from genlib.recipes import bigger_and_sturdier as recipe

RUNS = [recipe.Run(group, kind) for group, kinds in recipe.GROUPS.items() for kind in kinds]


@pytest.mark.parametrize("run", RUNS, ids=lambda run: f"{run.group}: {run.kind}")
def test_every_kind_plays_and_is_the_same_each_time(run: recipe.Run) -> None:
    game = recipe.model(run)
    again = recipe.model(run).state_dict()
    assert all(torch.equal(again[name], value) for name, value in game.state_dict().items())
    pair = torch.zeros(4, 1, 14, 14), torch.arange(4)
    for player in game.players():
        assert player.loss(pair)[0].isfinite()


def test_each_kind_changes_what_it_names() -> None:
    games = {run.kind: recipe.model(run) for run in RUNS}
    whole, parts = games["all parts"], set(recipe.PARTS)
    assert whole.generator.chunks == [32, 32]
    assert {kind for kind in parts if len(games[kind].generator.chunks) == 1} == {
        "no skip-z",
        "no shared embedding",
    }
    identities = {
        kind for kind in parts if isinstance(games[kind].generator.embedding, nn.Identity)
    }
    assert identities == {"no shared embedding"}
    without = {
        kind
        for kind in parts
        if not any(isinstance(m, SelfAttention2d) for m in games[kind].generator.modules())
    }
    assert without == {"no attention"}
    assert {kind for kind in parts if not games[kind].stabilisers} == {"no orthogonal cost"}
    losses = {kind: type(game.adversarial_loss) for kind, game in games.items()}
    assert {kind for kind in parts if losses[kind] is not Hinge} == {"no hinge"}
    assert all(losses[kind] is NonSaturating for kind in games if kind not in parts)
    assert [kind for kind in games if not games[kind].penalties] == ["spectral norm for R1"]
    layers = games["spectral norm for R1"].discriminator.modules()
    assert any(parametrize.is_parametrized(layer) for layer in layers)
    assert games["16, half the step"].lr == 1e-3
    assert games["256, twice the step"].lr == 4e-3
    for epsilon in recipe.STRENGTHS:
        (attacked,) = games[f"attacked {epsilon}"].stabilisers
        (free,) = games[f"free {epsilon}"].stabilisers
        assert type(attacked) is AdversarialTraining
        assert type(free) is FreeAdversarialTraining
        assert attacked.epsilon == free.epsilon == epsilon
    turns = [
        games[name].players()[0].updates for name in ("plain", "plain, two updates", "free 0.1")
    ]
    assert turns == [1, 2, 2]


def test_shares_of_pairs_in_order() -> None:
    real, fake = torch.tensor([1.0, 3.0]), torch.tensor([2.0, 0.0, 3.0])
    assert recipe.above(real, fake) == pytest.approx((1 + 2 + 0.5) / 6)


def test_filters_of_one_direction_and_of_several() -> None:
    layer = nn.Linear(3, 2)
    for rows, expected in (
        ([[1.0, 0, 0], [-2, 0, 0]], 1.0),
        ([[1.0, 0, 0], [0, 5, 0]], 0.0),
        ([[1.0, 0, 0], [3, 4, 0]], 0.6),
    ):
        with torch.no_grad():
            layer.weight.copy_(torch.tensor(rows))
        assert recipe.cosine(layer) == pytest.approx(expected, abs=1e-6)


def test_codes_are_cut_and_the_statistics_stay() -> None:
    game = recipe.model(recipe.Run())
    recipe.count_statistics(game, batches=2)
    before = {name: value.clone() for name, value in game.generator.named_buffers()}
    asked = []
    game.generator.register_forward_pre_hook(lambda _, given: asked.append(given[0]))
    label = torch.arange(600) % 10
    images = recipe.truncated(game, label)
    assert images.shape == (600, 1, 14, 14)
    codes = torch.cat(asked)
    assert 0.45 < codes.abs().max() <= recipe.CUT
    for name, value in game.generator.named_buffers():
        assert torch.equal(value, before[name])


def test_the_statistics_of_the_stored_game_are_those_of_its_weights() -> None:
    model = big_gan.RECIPE.build()
    norms = [m for m in model.generator.modules() if isinstance(m, nn.BatchNorm2d)]
    before = [norm.running_mean.clone() for norm in norms]
    with torch.no_grad():
        first, again = (
            [norm.running_mean.clone() for norm in norms]
            for _ in range(2)
            if big_gan.counted(model) is model
        )
    assert all(map(torch.equal, first, again))
    assert not any(map(torch.equal, before, first))


def test_the_stored_table_has_every_game() -> None:
    stored = list(dict.fromkeys((row.group, row.kind, row.seed) for row in recipe.read()))
    assert stored == [(run.group, run.kind, run.seed) for run in recipe.RECIPE.cases()]
