"""Random numbers that depend on whom they are for, and on nothing else."""

import torch

from genlib.data.scenes.draws import GOLDEN, Draws, keys, mixed


def test_the_mixing_is_that_of_splitmix64() -> None:
    # the first outputs of the published generator from the states 0 and 1234567
    states = torch.tensor([0, 1234567]) + GOLDEN
    found = [value % 2**64 for value in mixed(states).tolist()]
    assert found == [0xE220A8397B1DCDAF, 6457827717110365317]


def test_no_two_scenes_have_one_key() -> None:
    some = torch.cat([keys(stream, 20_000) for stream in range(5)])
    assert len(some.unique()) == len(some)


def test_numbers_are_uniform_and_independent() -> None:
    draws = Draws(keys(3, 2000))
    u = torch.cat([draws.uniform(7), draws.uniform(2, 5).flatten(1)], 1).double()
    assert u.shape == (2000, 17)
    assert 0 <= u.min() < 0.001 < 0.999 < u.max() < 1
    assert (u.mean(0) - 0.5).abs().max() < 0.03  # more than four standard errors
    assert (u.var(0) * 12 - 1).abs().max() < 0.1
    correlations = torch.corrcoef(u.T) - torch.eye(17)
    assert correlations.abs().max() < 0.1
    neighbours = torch.corrcoef(torch.stack([u[:-1].flatten(), u[1:].flatten()]))[0, 1]
    assert neighbours.abs() < 0.03


def test_a_scene_does_not_see_the_others() -> None:
    key = keys(0, 10)
    together, alone = Draws(key), Draws(key[4:5])
    for _ in range(3):
        assert torch.equal(together.uniform(2, 4)[4:5], alone.uniform(2, 4))
    assert not torch.equal(alone.uniform(2, 4), alone.uniform(2, 4))


def test_whole_numbers_and_chances() -> None:
    draws = Draws(keys(1, 6000))
    counts = draws.whole(-1, 3, 1).flatten().add(1).bincount()
    assert len(counts) == 5
    assert (counts - 1200).abs().max() < 150
    assert abs(draws.chance(0.3, 1).float().mean() - 0.3) < 0.03
    low, high = draws.between(2, 5, 1).aminmax()
    assert 2 <= low < 2.01 < 4.99 < high < 5


def test_noise_is_smooth() -> None:
    noise = Draws(keys(0, 200)).smooth(32, 4)
    assert noise.shape == (200, 32, 32)
    assert 0 <= noise.min() < noise.max() < 1
    assert (noise[:, 1:] - noise[:, :-1]).abs().max() <= 1 / 4  # a cell is four pixels wide
    far = torch.corrcoef(torch.stack([noise[:, 0, 0], noise[:, 16, 16]]))[0, 1]
    assert far.abs() < 0.3
