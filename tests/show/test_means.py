"""The mean over seeds and its standard error, in numbers known by hand."""

import pytest
import torch

from genlib import show


def test_mean_and_standard_error_by_hand(capsys: pytest.CaptureFixture[str]) -> None:
    # squares about the mean 2 sum to 2, so s = 1 and the error is 1 / sqrt(3)
    assert show.report("nats", [1.0, 2.0, 3.0]) == pytest.approx((2.0, 3**-0.5))
    assert capsys.readouterr().out == "nats: 2.000 +- 0.577\n"


def test_tensors_in_any_precision_and_another_form(capsys: pytest.CaptureFixture[str]) -> None:
    values = torch.tensor([1.0, 3.0], dtype=torch.bfloat16, requires_grad=True)
    assert show.report("per cent", values, ".1f") == pytest.approx((2.0, 1.0))
    assert capsys.readouterr().out == "per cent: 2.0 +- 1.0\n"


def test_in_words_by_hand() -> None:
    assert show.mean_and_error([1.0, 2.0, 3.0]) == "2.00 ± 0.58"
    assert show.mean_and_error(torch.tensor([1.0, 3.0]), 0, "+") == "+2 ± 1"
    assert show.mean_and_error([-1.0, -3.0], 1, "+") == "-2.0 ± 1.0"


@pytest.mark.parametrize(
    ("values", "said"),
    [([1.0], "two values or more"), ([[1.0, 2.0]], "shape"), ([1.0, float("nan")], "not finite")],
)
def test_what_has_no_standard_error_is_refused(values: list, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        show.report("x", values)
    with pytest.raises(ValueError, match=said):
        show.mean_and_error(values)
