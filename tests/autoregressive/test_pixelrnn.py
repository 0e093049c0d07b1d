"""The recurrent models of images: layers by loops over pixels, what each pixel sees, refusals."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from genlib.autoregressive import (
    DiagonalBiLSTM,
    DiagonalBiLSTMLayer,
    RowLSTM,
    RowLSTMLayer,
)
from genlib.autoregressive.lstm import skewed, straight

H, W, C = 4, 5, 3  # rows, columns, channels of a state


def step(gates: Tensor, cell: Tensor) -> tuple[Tensor, Tensor]:
    """Return state and cell of one pixel, by torch's own LSTM cell."""
    lstm = torch.nn.LSTMCell(1, C).double()
    for parameter in lstm.parameters():
        torch.nn.init.zeros_(parameter)
    o, f, i, g = gates.view(4, C)
    lstm.bias_ih.data.copy_(torch.cat([i, f, g, o]))
    zero = torch.zeros(C).double()
    state, cell = lstm(torch.zeros(1).double(), (zero, cell))
    return state.detach(), cell.detach()


def layer_and_input(kind: type) -> tuple[torch.nn.Module, Tensor]:
    torch.manual_seed(0)
    layer = kind(C).double()
    for parameter in layer.parameters():
        torch.nn.init.normal_(parameter, std=0.7)
    return layer, torch.randn(1, 2 * C, H, W).double()


@torch.no_grad()
def test_a_row_of_states_follows_from_the_row_above() -> None:
    layer, y = layer_and_input(RowLSTMLayer)
    left, own = layer.into.kernel()[:, :, 0].unbind(-1)
    nothing = {"state": torch.zeros(C).double(), "cell": torch.zeros(C).double()}
    made = {}
    for i in range(H):
        for j in range(W):
            gates = own @ y[0, :, i, j] + layer.into.bias
            if j:
                gates = gates + left @ y[0, :, i, j - 1]
            for k, weight in zip((j - 1, j, j + 1), layer.across.weight.unbind(-1), strict=True):
                gates = gates + weight @ made.get((i - 1, k), nothing)["state"]
            state, cell = step(gates, made.get((i - 1, j), nothing)["cell"])
            made[i, j] = {"state": state, "cell": cell}
    states = torch.stack([made[i, j]["state"] for i in range(H) for j in range(W)], 1).view(C, H, W)
    wanted = y + torch.nn.functional.conv2d(states[None], layer.widen.weight, layer.widen.bias)
    torch.testing.assert_close(layer(y), wanted)


@torch.no_grad()
def test_a_diagonal_of_states_follows_from_left_and_upper_neighbours() -> None:
    layer, y = layer_and_input(DiagonalBiLSTMLayer)
    gates_in = torch.nn.functional.conv2d(y, layer.into.weight, layer.into.bias)[0]
    nothing = {"state": torch.zeros(C).double(), "cell": torch.zeros(C).double()}
    made: dict[tuple, dict[str, Tensor]] = {}
    for i in range(H):
        for direction, columns in ((0, range(W)), (1, reversed(range(W)))):
            for j in columns:
                beside = made.get((direction, i, j - 1 if direction == 0 else j + 1), nothing)
                above = made.get((direction, i - 1, j), nothing)
                seen = torch.cat([beside["state"], above["state"]])
                own = gates_in[4 * C * direction :][: 4 * C, i, j]
                state, cell = step(own + seen @ layer.across[direction], beside["cell"])
                made[direction, i, j] = {"state": state, "cell": cell}
    states = torch.zeros(1, C, H, W).double()
    for i in range(H):
        for j in range(W):
            right = made.get((1, i - 1, j), nothing)["state"]
            states[0, :, i, j] = made[0, i, j]["state"] + right
    wanted = y + torch.nn.functional.conv2d(states, layer.widen.weight, layer.widen.bias)
    torch.testing.assert_close(layer(y), wanted)


def test_columns_of_what_is_skewed_are_diagonals() -> None:
    x = torch.arange(1, 13).view(1, 3, 4, 1)
    wanted = [[1, 2, 3, 4, 0, 0], [0, 5, 6, 7, 8, 0], [0, 0, 9, 10, 11, 12]]
    assert skewed(x)[0, ..., 0].tolist() == wanted
    assert torch.equal(straight(skewed(x), 4), x)


SIDE = 9


def seen_from(build: Callable, i: int, j: int) -> Tensor:
    """Return which pixels reach the parameter of one, by gradients, (SIDE, SIDE)."""
    torch.manual_seed(0)
    model = build().double()
    total = torch.zeros(SIDE, SIDE).double()
    for _ in range(3):  # a rectifier may hide one now and then
        x = torch.rand(1, 1, SIDE, SIDE).double().requires_grad_()
        model.conditionals(x)[0, 0, 0, i, j].backward()
        total += x.grad[0, 0].abs()
    return total > 0


@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize(("i", "j"), [(5, 4), (3, 0), (8, 7)])
def test_a_row_lstm_sees_a_triangle(layers: int, i: int, j: int) -> None:
    """R rows up the last column seen is j + r; to the left each convolution adds one column."""
    found = seen_from(lambda: RowLSTM(4, layers, 3, 8, event_shape=(1, SIDE, SIDE)), i, j)
    wanted = torch.zeros(SIDE, SIDE, dtype=torch.bool)
    for r in range(i + 1):
        first, last = j - r - layers - 1, j + r if r else j - 1
        wanted[i - r, max(first, 0) : max(last + 1, 0)] = True
    assert torch.equal(found, wanted)


@pytest.mark.parametrize(("i", "j"), [(5, 4), (3, 0), (8, 8), (0, 5), (1, 0)])
def test_a_diagonal_bilstm_sees_everything_before(i: int, j: int) -> None:
    found = seen_from(lambda: DiagonalBiLSTM(4, 1, 3, 8, event_shape=(1, SIDE, SIDE)), i, j)
    assert torch.equal(found, (torch.arange(SIDE**2) < i * SIDE + j).view(SIDE, SIDE))


@pytest.mark.parametrize("kind", [RowLSTM, DiagonalBiLSTM])
def test_layers_are_residual(kind: type) -> None:
    """A layer whose last weights are nought changes nothing."""
    torch.manual_seed(0)
    layer = kind.layer(C)
    torch.nn.init.zeros_(layer.widen.weight)
    torch.nn.init.zeros_(layer.widen.bias)
    y = torch.randn(2, 2 * C, H, W)
    assert torch.equal(layer(y), y)
    assert kind(2, 3).event_shape == (1, 28, 28)
    assert len(kind(2, 3).layers) == 3


@pytest.mark.parametrize("kind", [RowLSTM, DiagonalBiLSTM])
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"channels": 0}, "channels=0"),
        ({"layers": 0}, "layers=0"),
        ({"head": 0}, "head=0"),
        ({"kernel": 4}, "kernel=4"),
        ({"event_shape": (7,)}, r"wanted images \(C, H, W\)|event_dims"),
    ],
)
def test_what_makes_no_model_is_refused(kind: type, options: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        kind(**options)
