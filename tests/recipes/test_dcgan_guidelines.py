"""The guidelines of the DCGAN: what each kind changes, and a table that is whole."""

import pytest
import torch
from torch import nn

from genlib.recipes import dcgan_guidelines as recipe

NETWORKS = ("generator", "discriminator")


def layers(kind: str, network: str) -> list[nn.Module]:
    return list(getattr(recipe.model(recipe.Run(kind)), network).modules())


def count(kind: str, layer: type) -> list[int]:
    return [sum(isinstance(one, layer) for one in layers(kind, network)) for network in NETWORKS]


@pytest.mark.parametrize("kind", recipe.KINDS)
def test_every_kind_plays_and_is_the_same_each_time(kind: str) -> None:
    first, second = (recipe.model(recipe.Run(kind, 2)) for _ in range(2))
    assert all(map(torch.equal, first.state_dict().values(), second.state_dict().values()))
    images = torch.zeros(4, 1, 28, 28)
    assert first.sample(4).shape == images.shape
    assert first.scores(images).shape == (4,)
    for player in first.players():
        player.loss(images)[0].backward()
    assert all(weight.grad is not None for weight in first.parameters())


def test_each_kind_changes_what_it_names() -> None:
    plain = {layer: count("all guidelines", layer) for layer in (nn.BatchNorm2d, nn.ReLU)}
    assert plain == {nn.BatchNorm2d: [2, 1], nn.ReLU: [2, 0]}
    assert count("no batch norm in G", nn.BatchNorm2d) == [0, 1]
    assert count("no batch norm in D", nn.BatchNorm2d) == [2, 0]
    assert count("no batch norm", nn.BatchNorm2d) == [0, 0]
    assert count("batch norm at the ends too", nn.BatchNorm2d) == [3, 2]
    assert count("leaky ReLU in G", nn.LeakyReLU) == [2, 2]
    assert count("ReLU in D", nn.ReLU) == [2, 2]
    assert count("max pooling in D", nn.MaxPool2d) == [0, 2]
    assert count("repeated pixels in G", nn.Upsample) == [2, 0]
    assert count("repeated pixels in G", nn.ConvTranspose2d) == [0, 0]
    assert count("hidden layers", nn.Linear) == [2, 2]
    game = {name: recipe.model(recipe.Run(name)) for name in recipe.KINDS}
    assert game["beta1 = 0.9"].betas == (0.9, 0.999)
    assert game["step size 2e-4"].lr == 2e-4 != game["all guidelines"].lr
    assert game["no tanh"].bounds is None
    assert {name for name, kind in recipe.KINDS.items() if kind.batch != 32} == {
        "batch of 8",
        "batch of 128",
    }


def test_kernels_of_five_are_the_only_change_of_their_kind() -> None:
    sides = [
        layer.kernel_size
        for layer in layers("kernels of 5", "generator")
        if hasattr(layer, "kernel_size")
    ]
    assert sides == [(5, 5), (5, 5)]
    sides = [
        layer.kernel_size
        for layer in layers("kernels of 5", "discriminator")
        if hasattr(layer, "kernel_size")
    ]
    assert sides == [(5, 5), (5, 5), (7, 7)]


def test_without_batch_norm_layers_have_biases() -> None:
    for layer in layers("no batch norm", "generator"):
        if isinstance(layer, nn.Linear | nn.ConvTranspose2d):
            outputs = layer.out_features if isinstance(layer, nn.Linear) else layer.out_channels
            assert layer.bias.shape == (outputs,)


def test_weights_begin_as_the_paper_says_but_for_one_kind() -> None:
    for kind in recipe.KINDS:
        first = recipe.model(recipe.Run(kind)).generator[0].weight
        assert (abs(first.std() / 0.02 - 1) < 0.1) == (kind != "torch's own start"), kind


def test_games_are_judged_after_as_many_images(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recipe, "EXAMPLES", 200)
    seen = {kind: recipe.rows(recipe.Run(kind, 1), 16) for kind in ("all guidelines", "batch of 8")}
    assert [[row.images for row in rows] for rows in seen.values()] == [[128, 512]] * 2
    assert all(
        row.distance > 1000 and 0 <= row.recall <= 1 for rows in seen.values() for row in rows
    )


def test_the_stored_table_has_every_game() -> None:
    stored = [(row.kind, row.seed, row.images) for row in recipe.read()]
    first = {"batch of 128": 62 * 128}  # whole batches
    assert stored == [
        (run.kind, run.seed, images)
        for run in recipe.RECIPE.cases()
        for images in (first.get(run.kind, 8000), 32_000)
    ]
