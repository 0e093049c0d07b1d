"""Tables: cells there and back by type, columns as arrays over seeds, and what is refused."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import pytest
import torch
from torch import Tensor

from genlib import recipes
from genlib.recipes.experiments import Options, Table, cells


@dataclass(frozen=True)
class Case:
    """What decides one run."""

    kind: Literal["plain", "wide"] = "plain"
    clipped: bool = False
    lr: float = 0.1
    seed: int = 0


@dataclass(frozen=True)
class Row(Case):
    """A line of the table."""

    steps: int = 0
    nats: float = 0.0
    modes: int | None = None
    note: str = ""
    good: bool = True


def line(case: Case, steps: int, **numbers: Any) -> Row:
    return Row(case.kind, case.clipped, case.lr, case.seed, steps, **numbers)


def nats(kind: str, seed: int, steps: int) -> float:
    return 100.0 * (kind == "wide") + 10.0 * seed + steps / 1000


CASES = [Case(kind, False, 0.1, seed) for kind in ("plain", "wide") for seed in (0, 1, 2)]
ROWS = [
    line(case, steps, nats=nats(case.kind, case.seed, steps), modes=case.seed)
    for case in reversed(CASES)  # the order of the rows does not matter within an axis
    for steps in (250, 500)
]
TABLE = Table(
    name="numbers",
    summary="a table of numbers",
    steps=500,
    cases=lambda: CASES,
    row=Row,
    run_case=lambda case, steps: [],
    about="{steps} steps",
    index=("steps",),
)


@pytest.fixture
def table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[list[Row]], Table]:
    """Return the table with these rows stored."""

    def store(rows: list[Row]) -> Table:
        TABLE.write(rows, tmp_path / "numbers.csv", Options())
        monkeypatch.setattr(Table, "stored", tmp_path / "numbers.csv")
        return TABLE

    return store


def test_cells_come_back_as_what_they_were(table: Callable) -> None:
    rows = [
        Row("wide", False, 1e-30, 3, 1, -1.5, None, "", False),
        Row("plain", True, math.inf, -1, 2, 0.1 + 0.2, 7, 'a, "quoted"\n# line', True),
    ]
    assert table(rows).read() == rows


def test_a_stored_false_is_false(table: Callable) -> None:
    (row,) = table([Row(clipped=False, good=False)]).read()
    assert row.clipped is False
    assert row.good is False


def test_an_empty_cell_is_none_where_none_may_stand(table: Callable) -> None:
    stored = table([Row(modes=None)])
    content = stored.stored.read_text()
    assert ",None," in content
    stored.stored.write_text(content.replace(",None,", ",,"))
    assert stored.read() == [Row(modes=None)]


@pytest.mark.parametrize(
    ("kind", "text", "wanted"),
    [
        (str | None, "None", None),
        (str | int, "3", 3),
        (str | float, "3.5", 3.5),
        (str | int, "x", "x"),
    ],
)
def test_of_several_types_the_narrowest_counts(kind: type, text: str, wanted: object) -> None:
    found = cells.value(kind, text)
    assert (type(found), found) == (type(wanted), wanted)


def test_a_column_of_a_type_that_is_no_cell_is_refused() -> None:
    with pytest.raises(ValueError, match=r"cannot be of type .*list"):
        cells.value(list, "[]")


@pytest.mark.parametrize(
    ("column", "text"),
    [
        ("kind", "narrow"),  # none of the choices
        ("clipped", "false"),
        ("clipped", "0"),
        ("clipped", ""),
        ("seed", "1.5"),
        ("seed", "None"),
        ("nats", "much"),
        ("modes", "1.0"),
    ],
)
def test_cells_of_another_type_are_refused_by_column(
    table: Callable, column: str, text: str
) -> None:
    stored = table([Row()])
    names = list(stored.columns)
    *head, cells = stored.stored.read_text().splitlines()
    parts = cells.split(",")
    parts[names.index(column)] = text
    stored.stored.write_text("\n".join([*head, ",".join(parts)]))
    with pytest.raises(
        ValueError, match=f"damaged or another table: column {column!r}: '{text}' is"
    ):
        stored.read()


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("nats", "bits"),
        lambda text: text.replace(",good", ""),
        lambda text: text + "plain,False\n",
        lambda text: text.rstrip("\n") + ",1\n",
        lambda text: "",
        lambda text: "# only a comment\n",
    ],
)
def test_another_table_is_refused(table: Callable, change: Callable[[str], str]) -> None:
    stored = table([Row()])
    stored.stored.write_text(change(stored.stored.read_text()))
    with pytest.raises(ValueError, match=r"numbers\.csv is damaged or another table"):
        stored.read()


def test_a_column_has_the_seeds_first_and_then_what_varies(table: Callable) -> None:
    column = table(ROWS).column("nats", kind="wide")
    wanted = [[nats("wide", seed, steps) for steps in (250, 500)] for seed in (2, 1, 0)]
    assert column.dtype == torch.float64
    assert column.tolist() == wanted
    assert TABLE.column("nats", kind="plain", steps=500).tolist() == [20.5, 10.5, 0.5]
    assert TABLE.column("nats", seed=1, kind="plain", steps=250).tolist() == [10.25]
    assert TABLE.column("nats").shape == (3, 2, 2)  # seeds, kinds, steps
    assert TABLE.column("nats")[0].tolist() == [
        [nats(kind, 2, steps) for steps in (250, 500)] for kind in ("wide", "plain")
    ]


def test_whole_numbers_stay_whole_and_truths_stay_truths(table: Callable) -> None:
    stored = table(ROWS)
    assert stored.column("modes", kind="plain", steps=250).dtype == torch.int64
    good = stored.column("good", kind="plain", steps=250)
    assert (good.dtype, good.tolist()) == (torch.bool, [True] * 3)


@pytest.mark.parametrize(
    ("name", "case", "complaint"),
    [
        ("nat", {}, "no column 'nat'; did you mean 'nats'"),
        ("nats", {"kinds": "plain"}, "not told apart by 'kinds'; did you mean 'kind'"),
        ("nats", {"nats": 1.0}, "not told apart by 'nats'"),
        ("nats", {"kind": "plan"}, "no row has kind='plan'; did you mean 'plain'"),
        ("nats", {"steps": 3}, "no row has steps=3. Known: 250, 500"),
        ("note", {"kind": "plain"}, "column 'note' holds '', wanted numbers"),
    ],
)
def test_what_a_table_does_not_have_is_named(
    table: Callable, name: str, case: dict, complaint: str
) -> None:
    with pytest.raises(ValueError, match=complaint):
        table(ROWS).column(name, **case)


def test_a_ragged_table_is_refused(table: Callable) -> None:
    with pytest.raises(ValueError, match="5 rows do not fill 3 of seed x 2 of steps: say more"):
        table(ROWS[:5]).column("nats", kind="wide")
    with pytest.raises(ValueError, match="7 rows do not fill 3 of seed x 2 of steps"):
        table([*ROWS[:6], ROWS[0]]).column("nats", kind="wide")  # one of them twice
    mixed = [*ROWS, replace(ROWS[0], lr=0.5), replace(ROWS[0], lr=0.5, kind="plain", seed=0)]
    with pytest.raises(ValueError, match="no row has all of"):
        table(mixed).column("nats", lr=0.5, kind="plain", seed=2)


def test_an_empty_table_has_no_columns(table: Callable) -> None:
    with pytest.raises(ValueError, match="no row"):
        table([]).column("nats")


@pytest.mark.parametrize(
    ("name", "column", "case", "shape"),
    [
        (
            "minimax-and-non-saturating",
            "distance",
            {"cost": "minimax", "lr": 0.1, "ahead": 30},
            (5, 11),
        ),
        ("richer-latents", "elbo", {"kind": "plain", "lr": 0.001}, (5, 3)),
        ("richer-latents", "elbo", {"lr": 0.001, "steps": 3000}, (5, 7)),
        (
            "generative-and-discriminative",
            "test_error",
            {"data": "pooled", "classifier": "penalised", "n": 500},
            (30,),
        ),
    ],
)
def test_columns_of_the_stored_tables(name: str, column: str, case: dict, shape: tuple) -> None:
    found = recipes.recipe(name).column(column, **case)
    assert isinstance(found, Tensor)
    assert found.shape == shape
    by_hand = [
        getattr(row, column)
        for row in recipes.recipe(name).read()
        if all(getattr(row, key) == value for key, value in case.items())
    ]
    assert sorted(by_hand) == sorted(found.flatten().tolist())
