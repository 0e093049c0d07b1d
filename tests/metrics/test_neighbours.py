"""Nearest neighbours, and the numbers that tell copies from samples."""

import math

import pytest
import torch
from sklearn.neighbors import NearestNeighbors
from torch import Tensor

from genlib.metrics import (
    Copying,
    NeighbourTest,
    authenticity,
    copying,
    nearest_neighbour_test,
    nearest_neighbours,
    neighbours,
)


def line(*numbers: float) -> Tensor:
    return torch.tensor(numbers, dtype=torch.float64).unsqueeze(1)


def noise(n: int, d: int, seed: int = 0) -> Tensor:
    return torch.randn(n, d, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_neighbours_are_a_peers(monkeypatch: pytest.MonkeyPatch) -> None:
    queries, references = noise(30, 4), noise(50, 4, 1)
    monkeypatch.setattr(neighbours, "TOGETHER", 7)
    found = nearest_neighbours(queries, references, k=3)
    distances, indices = NearestNeighbors(n_neighbors=3).fit(references).kneighbors(queries)
    torch.testing.assert_close(found.distances, torch.from_numpy(distances))
    assert (found.indices == torch.from_numpy(indices)).all()


@pytest.mark.parametrize("offset", [0.0, 1e6])
@pytest.mark.parametrize("k", [1, 3])
def test_candidates_leave_neighbours_as_they_are(offset: float, k: int) -> None:
    # Doubles, rows of integers with many ties, and rows so near each other that rounding decides.
    far, tied = noise(100, 5), noise(60, 5, 1).round()
    y = torch.cat([far, far, tied, far[:1] + 1e-9 * noise(20, 5, 2)]) + offset
    x = torch.cat([far[:30], tied, noise(30, 5, 3), y[-20:] - offset]) + offset
    found, all_of = nearest_neighbours(x, y, k=k), neighbours.distances(x, y)
    assert torch.equal(found.distances, all_of.sort(dim=1).values[:, :k])
    assert torch.equal(found.distances, all_of.gather(1, found.indices))
    doubtful = neighbours.candidates(x, y, k)[1]
    assert doubtful.any()
    assert not doubtful.all()


def test_copies_are_found_at_exactly_zero() -> None:
    x = noise(40, 64) + 100
    found = nearest_neighbours(x.flip(0), x)
    assert (found.distances == 0).all()
    assert (found.indices[:, 0] == torch.arange(39, -1, -1)).all()


def test_authenticity_by_hand() -> None:
    # The next training example is 1, 1 and 9 away from 0, 1 and 10. Samples lie .5 from 0 or 1,
    # 1 from 1 (a tie), 2 from 1, 9.5 from 10, and 3 from 10.
    train = line(0, 1, 10)
    for sample, share in ((-0.5, 0), (2, 0), (3, 1), (19.5, 1), (13, 0)):
        assert authenticity(train, line(sample)) == share, sample
    assert authenticity(train, line(-0.5, 2, 3, 19.5, 13)) == 2 / 5


def test_copies_have_no_authenticity_and_doubles_cannot_be_copied_nearer() -> None:
    x = noise(60, 3)
    assert authenticity(x, x) == 0
    assert authenticity(x, x + 1e-6 * noise(60, 3, 1)) == 0
    twice = x.repeat(2, 1)  # each has a neighbour at distance 0
    assert authenticity(twice, x) == 0
    assert authenticity(twice, x + 1e-6 * noise(60, 3, 1)) == 1


def test_the_ideal_authenticity_is_neither_one_nor_a_half() -> None:
    # In one dimension, a new point's nearest is nearer than that one's next in about 4 of 10 cases.
    found = [authenticity(noise(400, 1, 2 * s), noise(400, 1, 2 * s + 1)) for s in range(20)]
    plane = [authenticity(noise(400, 8, 2 * s), noise(400, 8, 2 * s + 1)) for s in range(10)]
    for shares in (found, plane):
        mean = sum(shares) / len(shares)
        assert 0.3 < mean < 0.8
        assert abs(mean - 0.5) > 0.03
    assert authenticity(noise(400, 8), 3 * noise(400, 8, 1)) > sum(plane) / len(plane)


def test_copying_by_hand() -> None:
    # Distances to the training set: samples 0, 1 and 3, held-out data 1 and 2.
    found = copying(line(0, 100), test=line(1, 102), fake=line(0, -1, 103))
    assert found.share == pytest.approx((2 + 1.5 + 0) / 6)
    assert found.z == pytest.approx((3.5 / 6 - 0.5) / math.sqrt(6 / (12 * 6)))


def test_copying_is_a_half_for_new_data_and_one_for_copies() -> None:
    train = noise(200, 4)
    found = [copying(train, noise(100, 4, 2 * s + 1), noise(80, 4, 2 * s + 2)) for s in range(200)]
    shares, z = (torch.tensor([getattr(f, name) for f in found]) for name in ("share", "z"))
    assert abs(shares.mean() - 0.5) < 4 * shares.std() / math.sqrt(200)
    assert z.std().item() == pytest.approx(1, abs=0.2)
    test = noise(100, 4, 999)
    assert copying(train, test, train).share == 1
    assert copying(train, test, train).z > 10
    assert copying(train, test, test) == Copying(0.5, 0.0)
    assert copying(train, test, test + 50).share == 0


def test_the_neighbour_test_by_hand() -> None:
    # Of 0, 1 and 5 the nearest others are 1, 0 and 4.5; of 4.5, 6 and 20 they are 5, 5 and 6.
    found = nearest_neighbour_test(line(0, 1, 5), line(4.5, 6, 20))
    assert found == NeighbourTest(real=2 / 3, fake=1 / 3)
    assert found.accuracy == pytest.approx(1 / 2)
    # Ties count for half: 1 is as far from 0 as from 2.
    assert nearest_neighbour_test(line(0, 1), line(2, 9)) == NeighbourTest(0.75, 0.5)


def test_what_the_neighbour_test_notices() -> None:
    x, y = noise(150, 3), noise(150, 3, 1)
    shares = [
        nearest_neighbour_test(noise(150, 3, 2 * s), noise(150, 3, 2 * s + 1)).accuracy
        for s in range(40)
    ]
    assert sum(shares) / 40 == pytest.approx(0.5, abs=0.02)
    assert nearest_neighbour_test(x, y + 100).accuracy == 1
    assert nearest_neighbour_test(x, x.flip(0)).accuracy == 0
    lost = nearest_neighbour_test(torch.cat([x, y + 50]), noise(300, 3, 2))
    assert lost.real > 0.5 < lost.fake  # half of the data is alone, the rest is crowded by fakes


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: nearest_neighbours(line(1), line(1, 2), k=3), "k=3 of 2 references"),
        (lambda: nearest_neighbours(line(1), noise(3, 2)), "different numbers of features"),
        (lambda: authenticity(line(1), line(1)), "train is 1 example, wanted at least 2"),
        (lambda: copying(line(1), line(1), line(math.inf)), "fake holds numbers that are not"),
        (lambda: nearest_neighbour_test(line(1, 2), line(1, 2, 3)), "2 real and 3 fake examples"),
        (lambda: nearest_neighbour_test(line(1), line(1)), r"N at least 2"),
    ],
)
def test_what_cannot_be_compared_is_refused(call: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()
