import math
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
import torch

from genlib.exercises import check


@pytest.fixture
def verdict(capsys):
    def said(*arguments, **options):
        assert check(*arguments, **options) is None
        printed = capsys.readouterr()
        assert printed.err == ""
        assert printed.out.count("\n") == 1
        return printed.out.strip()

    return said


@pytest.mark.parametrize("answer", [None, ...])
def test_no_answer_yet(answer, verdict):
    wanted = "Not answered yet: put a number in place of the dots and run this cell again."
    assert verdict(answer, 0.5) == wanted


@pytest.mark.parametrize(
    ("expected", "kind"), [("A", "a string"), (True, "True or False"), ([1, 2], "an array")]
)
def test_no_answer_yet_says_what_is_asked_for(expected, kind, verdict):
    assert f"put {kind} in place" in verdict(..., expected)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (0.5004, 0.5),
        (1000.9, 1000.0),
        (torch.tensor(2.0, requires_grad=True), 2),
        (np.float32(2), 2),
        (2, torch.tensor(2.0)),
        ([1, 2], torch.tensor([1.0, 2.0])),
        (torch.eye(2), [[1, 0], [0, 1]]),
        (" The  generator", "the generator"),
        (True, True),
        (np.bool_(False), False),
        (torch.tensor(True), True),
        (math.inf, math.inf),
        ([0.0, -math.inf], [0.0, -math.inf]),
    ],
)
def test_right(answer, expected, verdict):
    assert verdict(answer, expected).startswith("Right: ")


@pytest.mark.parametrize(
    ("answer", "expected", "says"),
    [
        (0.502, 0.5, "0.502 is not it"),
        (1001.1, 1000.0, "is not it"),
        (math.nan, 0.5, "nan is not it"),
        (5, math.inf, "5 is not it"),
        ("a\nb", "c", "a b is not it"),
        (False, True, "False is not it"),
        ([1, 2, 3], [1, 2], r"shape should be (2,), and is (3,)"),
        ([[1, 2]], [1, 2], r"shape should be (2,), and is (1, 2)"),
        ([1, 2.5], [1, 2], "largest difference in any entry is 0.5"),
        ([1, math.nan], [1, 2], "1 of 2 entries are NaN"),
        ([1, math.inf], [1, 2], "infinite"),
        ([], [1, 2], "shape should be (2,), and is (0,)"),
    ],
)
def test_wrong(answer, expected, says, verdict):
    said = verdict(answer, expected)
    assert said.startswith("Not yet. ")
    assert says in said


@pytest.mark.parametrize(
    ("answer", "expected", "says"),
    [
        ("3", 3, "asks for a number, and the answer is a string"),
        ([3], 3, "asks for a number, and the answer is an array"),
        (3, "A", "asks for a string, and the answer is a number"),
        (1, True, "asks for True or False, and the answer is a number"),
        (True, 1, "asks for a number, and the answer is True or False"),
        (lambda x: x, 3, "of type function"),
        (object(), 3, "of type object"),
        (1 + 2j, 3, "of type complex"),
        (["a"], [1], "of type list"),
        ([[1], [1, 2]], [1], "of type list"),
        (10**400, 3, "of type int"),
        ({"a": 1}, "A", "of type dict"),
    ],
)
def test_wrong_kinds_are_named_and_nothing_crashes(answer, expected, says, verdict):
    assert says in verdict(answer, expected)


def test_tolerance_is_relative_above_one_and_absolute_below(verdict):
    assert verdict(0.01, 0.0, tolerance=0.02).startswith("Right")
    assert verdict(101, 100, tolerance=0.02).startswith("Right")
    assert verdict(103, 100, tolerance=0.02).startswith("Not yet")
    assert verdict(3, 3, tolerance=0).startswith("Right")


def test_the_right_value_is_printed_not_the_readers(verdict):
    assert verdict(0.50049, 0.5) == "Right: 0.5."


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (-0.6931, "A sign."),
        (1.0000001, "That is in bits."),
        (7, "Too large."),
        ("0.69", "A number, please."),
        (2.5, "2.5 is not it."),
        (None, None),
    ],
)
def test_likely_mistakes_are_explained(answer, message, verdict):
    wrong = {
        -math.log(2): "A sign.",
        1.0: "That is in bits.",
        (lambda given: given > 5): "Too large.",
        (lambda given: isinstance(given, str)): "A number, please.",
    }
    said = verdict(answer, math.log(2), wrong=wrong)
    assert said.startswith("Not answered yet") if message is None else said == f"Not yet. {message}"


def test_likely_choices_are_explained(verdict):
    assert verdict("b", "A", wrong={"B": "B is the other one."}) == "Not yet. B is the other one."


def test_a_mistake_in_an_array_is_recognised(verdict):
    assert verdict([2, 1], [1, 2], wrong={(2, 1): "Swapped."}) == "Not yet. Swapped."


@pytest.mark.parametrize(
    ("expected", "options", "error"),
    [
        (None, {}, TypeError),
        (object(), {}, TypeError),
        (1, {"tolerance": -1}, ValueError),
        (1, {"tolerance": math.nan}, ValueError),
        (math.nan, {}, ValueError),
        (1, {"wrong": {1.0005: "x"}}, ValueError),
        (1, {"wrong": {lambda given: given == 1: "x"}}, ValueError),
        (1, {"wrong": {object(): "x"}}, TypeError),
    ],
)
def test_an_authors_mistakes_are_raised(expected, options, error):
    with pytest.raises(error):
        check(2, expected, **options)


# Odd answers


@pytest.mark.parametrize(
    "answer",
    [
        Fraction(1, 2),
        np.array(0.5),
        np.float16(0.5),
        torch.tensor(0.5, dtype=torch.bfloat16),
        torch.nn.Parameter(torch.tensor(0.5)),
    ],
    ids=["fraction", "numpy", "half", "bfloat16", "parameter"],
)
def test_a_number_may_come_from_anywhere(answer, verdict):
    assert verdict(answer, 0.5) == "Right: 0.5."


@pytest.mark.parametrize(
    "answer",
    [
        [torch.tensor(1.0, requires_grad=True), torch.tensor(2.0)],
        (np.float32(1), Fraction(2)),
        np.array([1, 2], dtype=np.uint8),
        range(1, 3),
    ],
    ids=["tensors", "mixed", "bytes", "range"],
)
def test_an_array_may_be_a_list_of_numbers_from_anywhere(answer, verdict):
    assert verdict(answer, [1, 2]) == "Right: all 2 entries."


@pytest.mark.parametrize(
    ("answer", "expected", "given"),
    [
        (torch.tensor(3 + 0j), 3, "Tensor"),  # no part of it is dropped in silence
        (np.complex64(3), 3, "complex64"),
        (np.array([3, 2j]), [3, 2], "ndarray"),
        (np.array("3"), 3, "ndarray"),
        (["1", "2"], [1, 2], "list"),
        ([1, None], [1, 2], "list"),
        ([..., 2], [1, 2], "list"),
        (Decimal("0.5"), 0.5, "Decimal"),
        (b"A", "A", "bytes"),
        (np.datetime64("2020"), 3, "datetime64"),
        (torch.zeros(2, device="meta"), [0, 0], "Tensor"),
        (torch.eye(2).to_sparse(), [[1, 0], [0, 1]], "Tensor"),
    ],
)
def test_what_is_no_number_is_said_to_be_none(answer, expected, given, verdict):
    assert f"the answer is of type {given}." in verdict(answer, expected)


def test_an_answer_that_is_nearly_right_is_shown_with_the_digits_that_differ(verdict):
    said = verdict(0.500012, 0.5, tolerance=1e-6)
    assert said == "Not yet. 0.500012 is not it."
    assert verdict(0.50049, 0.5, tolerance=1e-6) == "Not yet. 0.5005 is not it."


def test_a_mistake_that_gives_nan_is_recognised(verdict):
    wrong = {math.nan: "0 / 0: the two cancel.", (math.nan, 1.0): "The first is 0 / 0."}
    assert verdict(math.nan, 0.5, wrong=wrong) == "Not yet. 0 / 0: the two cancel."
    assert verdict(torch.tensor([math.nan, 1.0]), [1, 1], wrong=wrong).endswith("0 / 0.")
    assert verdict(0.4, 0.5, wrong=wrong) == "Not yet. 0.4 is not it."


@pytest.mark.parametrize(
    ("expected", "options", "error", "message"),
    [
        (1, {"tolerance": "1e-3"}, TypeError, "tolerance must be a number, got '1e-3'"),
        (1, {"tolerance": None}, TypeError, "tolerance must be a number, got None"),
        (1, {"tolerance": True}, TypeError, "tolerance must be a number, got True"),
        (1, {"tolerance": math.inf}, ValueError, "finite"),
        (1, {"wrong": [2]}, TypeError, "wrong must map answers to what is said of them"),
        (1, {"wrong": {2: ""}}, TypeError, "what is said of 2 must be words, got ''"),
        (1, {"wrong": {2: None}}, TypeError, "what is said of 2 must be words, got None"),
        ([1, math.nan], {}, ValueError, "NaN"),
        (torch.tensor(1j), {}, TypeError, "expected must be"),
        (["a"], {}, TypeError, "expected must be"),
    ],
)
def test_an_authors_mistakes_are_named(expected, options, error, message):
    with pytest.raises(error, match=message):
        check(2.5, expected, **options)
