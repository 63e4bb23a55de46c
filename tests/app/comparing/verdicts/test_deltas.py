"""No verdict stands beside an interval that says otherwise without the p that decides, wherever it is."""

import re
from collections.abc import Iterator
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from statsmodels.stats.multitest import multipletests

from app.cli.tables import sheet_table
from app.comparing.next_steps.fill import NO_STEPS
from app.comparing.parts import ALPHA, How, Interval, ends_text, parting
from app.comparing.report.compose import delta_table
from app.comparing.table.latex import as_latex
from app.comparing.table.markdown import as_markdown
from app.comparing.table.sheet import sheet
from app.comparing.verdicts.judging import SHARES
from app.comparing.view import Comparison, Delta
from app.formats import change
from app.pages.compare.table import table_rows
from tests.app.comparing.boards import CE, Board, fill, focal, said

pytestmark = pytest.mark.slow

BETAS = (0.5, 0.9, 0.99, 0.999)
HITS = ((109, 180, 30, 60), (108, 112, 30, 180), (101, 30, 150, 180))
HOWS = (How(), How(margin=0.067), How(margin=0.05), How(multiplicity="none", margin=0.05))


def contradicts(delta: Delta, margin: float | None) -> bool:
    """By the verdict's meaning alone: "better" is above 0, "the same" within the margin."""
    ends = delta.adjusted
    if ends is None or ends.low is None or ends.high is None:
        return False
    if delta.verdict == "same":
        return margin is not None and (ends.low < -margin or ends.high > margin)
    return delta.verdict != "unknown" and ends.low <= 0 <= ends.high


def deltas_of(view: Comparison) -> Iterator[Delta]:
    for row in view.rows:
        yield from row.deltas.values()
        yield from (one for one in row.class_deltas if one)


def board_of(board: Board, hits: tuple[int, ...]) -> None:
    fill(
        board,
        [(CE, (100, 100, 100)), *((focal(beta), (h,) * 3) for beta, h in zip(BETAS, hits, strict=True))],
    )


@pytest.mark.parametrize("hits", HITS)
@pytest.mark.parametrize("how", HOWS)
def test_what_parts_says_so_everywhere(board: Board, hits: tuple[int, ...], how: How) -> None:
    board_of(board, hits)
    view = board.view(how=how)
    for delta in deltas_of(view):
        assert (delta.parting is not None) == contradicts(delta, how.margin), delta
    for row in view.rows:
        for delta in (one for one in row.deltas.values() if one.parting is not None):
            assert told_in_sentences(delta, said(view))
        if row.delta is not None and row.delta.parting is not None:
            assert_told_in_tables(view, row.label, row.delta)


def told_in_sentences(delta: Delta, text: str) -> bool:
    """Wherever the interval is said, the p follows before the bracket ends."""
    assert delta.adjusted is not None
    assert delta.parting is not None
    ends = re.escape(f"{change(delta.adjusted.low)} to {change(delta.adjusted.high)}, n = {delta.n}")
    return all(f"p {delta.parting.p:.2g}" in found for found in re.findall(rf"{ends}([^)]*)\)", text))


def assert_told_in_tables(view: Comparison, label: str, delta: Delta) -> None:
    assert delta.parting is not None
    p, table = f"p {delta.parting.p:.2g}", sheet(view)
    at = [column.is_delta for column in table.columns].index(True)
    [shown] = [one for one in table_rows(view, table, NO_STEPS) if one.row.label == label]
    assert p in shown.cells[at].under
    assert delta.parting.why in shown.cells[at].about
    for written in (as_markdown(table), as_latex(table)):
        [line] = [one for one in written.splitlines() if one.startswith((f"| {label} ", f"{label} & "))]
        assert p in line
        assert delta.parting.why in written
    report = delta_table(view)
    [cells] = [cells for cells in report.rows if cells[0].text == label]
    assert any(p in cell.text for cell in cells)
    assert delta.parting.why in report.caption
    out = StringIO()
    Console(file=out, width=240).print(sheet_table(table))
    assert any(label in line and p in line for line in out.getvalue().splitlines())


@pytest.mark.parametrize(
    ("hits", "ways"),
    [(HITS[0], {("holm", "better")}), (HITS[2], {("holm", "same"), ("none", "same")})],
)
def test_the_boards_part_in_each_way(board: Board, hits: tuple[int, ...], ways: set[tuple[str, str]]) -> None:
    """So that the test above is not of nothing."""
    board_of(board, hits)
    kinds = {
        (how.multiplicity, one.verdict)
        for how in HOWS
        for one in deltas_of(board.view(how=how))
        if one.parting
    }
    assert ways <= kinds


def test_the_count_is_of_all_pairs_and_p_is_holms(board: Board) -> None:
    board_of(board, HITS[0])
    view = board.view()
    [found, *_] = [row.delta for row in view.rows if row.delta and row.delta.parting]
    assert found.parting is not None
    assert "for all 10 comparisons at once" in found.parting.why, "5 rows, each pair once"
    raw = board.view(how=How(multiplicity="none"))
    with board.db.read() as session:
        pairs = board.comparing(session, how=How(multiplicity="none")).judged
        p = [
            float(pairs.levels.p[a, b, pairs.columns.index(pairs.headline)])
            for a in range(5)
            for b in range(a)
        ]
    own = next(row.delta for row in raw.rows if row.delta and row.delta.mean == found.mean)
    assert own.adjusted is not None
    raw_p = own.adjusted.p or 0.0
    at = min(range(10), key=lambda at: abs(p[at] - raw_p))
    holm = float(multipletests(p, method="holm")[1][at])
    assert found.parting.p == pytest.approx(min(1.0, holm / SHARES["headline"]))
    assert holm / SHARES["headline"] <= ALPHA


@given(st.floats(-0.2, 0.2), st.floats(0, 0.2), st.sampled_from(["better", "worse", "unknown"]))
def test_agreement_needs_no_reason(low: float, wide: float, verdict: str) -> None:
    ends = Interval(low=low, high=low + wide, p=0.03)
    found = parting(verdict, ends, 0.5, None, 6)  # type: ignore[arg-type]
    assert (found is None) == (verdict == "unknown" or low > 0 or low + wide < 0)


def test_the_reason_in_full() -> None:
    ends = Interval(low=-0.002, high=0.092, p=0.031)
    found = parting("better", ends, 0.5, None, 6)
    delta = Delta(
        metric="accuracy",
        n=5,
        mean=0.045,
        sd=0.02,
        low=0.01,
        high=0.08,
        seeds_needed=7,
        adjusted=ends,
        verdict="better",
        parting=found,
    )
    assert ends_text(delta) == (
        "−0.2 to +9.2, n = 5; p 0.031: Holm's step-down p decides; the interval is Bonferroni's for all 6 "
        "comparisons at once and wider"
    )
    assert ends_text(delta, told=True) == "−0.2 to +9.2, n = 5, p 0.031"
