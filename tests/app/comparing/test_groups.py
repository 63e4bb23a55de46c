"""The list in groups: what it says of settings is what Compare says of the same runs, and no more."""

import statistics
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from scipy.stats import binom

from app.comparing.baselines import MOST_RUNS
from app.comparing.group_views import RunGroup, RunGroups
from app.comparing.groups import MOST_SETTINGS, Asked, run_groups
from app.comparing.samples import KeptPredictions
from app.errors import InvalidError
from app.serving.installation import prepare
from app.settings import Settings
from app.store.engine import Database
from app.store.runs import RunFilter, get_run, set_tags
from app.store.tables import Run
from tests import null_boards
from tests.app.comparing.boards import CE, WOBBLE, Board, focal
from tests.conftest import SeedRun

pytestmark = pytest.mark.slow


@pytest.fixture
def board(db: Database, settings: Settings, seed_run: SeedRun) -> Board:
    """CE over five seeds, CB-Focal 0.99 much better over five, CB-Focal 0.9 once."""
    made = Board(seed_run, db, settings)
    for seed, wobble in enumerate(WOBBLE):
        made.add(CE, seed, (180 + wobble, 100 + wobble, 40 + wobble))
        made.add(focal(0.99), seed, (180 - wobble, 150 - wobble, 110 - wobble), tags=["paper"])
    made.add(focal(0.9), 0, (181, 101, 41))
    return made


def groups(db: Database, by: Any = "setting", only: RunFilter = RunFilter(), **more: Any) -> RunGroups:  # noqa: B008 (frozen)
    with db.read() as session:
        return run_groups(session, Asked(only, by, **more), KeptPredictions())


def by_label(page: RunGroups) -> Mapping[str, RunGroup]:
    return {group.label: group for group in page.items}


def test_a_setting_comes_to_what_its_runs_come_to(board: Board, db: Database) -> None:
    page = groups(db)
    found = by_label(page)
    assert list(found) == ["CB-Focal 0.9", "CB-Focal 0.99", "CE"], "newest first"
    for label, first in (("CE", (180, 100, 40)), ("CB-Focal 0.99", (180, 150, 110))):
        sign = 1 if label == "CE" else -1
        accuracies = [(sum(first) + 3 * sign * wobble) / 600 for wobble in WOBBLE]
        standing = found[label].standing
        assert standing is not None
        assert standing.n == 5
        assert standing.metrics["accuracy"].mean == pytest.approx(statistics.fmean(accuracies))
        assert standing.metrics["accuracy"].sd == pytest.approx(statistics.stdev(accuracies))
    with db.read() as session:
        assert page.baseline == get_run(session, board.ids[0]).setting_hash
    better, once = found["CB-Focal 0.99"].standing, found["CB-Focal 0.9"].standing
    assert better is not None
    assert better.delta is not None
    assert better.delta.verdict == "better"
    assert better.delta.mean == pytest.approx((440 - 320) / 600)
    assert once is not None
    assert once.delta is not None
    assert (once.n, once.delta.adjusted, once.delta.verdict) == (1, None, "unknown")
    assert once.metrics["accuracy"].sd is None


def test_it_says_what_compare_says_of_the_same_runs(board: Board, db: Database) -> None:
    page = groups(db)
    assert sorted(page.compared) == sorted(board.ids)
    rows = {row.label: row for row in board.view().rows}
    for label, group in by_label(page).items():
        standing = group.standing
        assert standing is not None
        assert standing.delta == rows[label].deltas.get("accuracy")
        assert standing.metrics["tail"].mean == rows[label].metrics["tail"].mean


def test_without_a_baseline_no_line_says_what_it_differs_from(board: Board, db: Database) -> None:
    """Two settings are the plain loss, each on images of its own with as many rows, and neither is chosen."""
    for loss in (CE, focal(0.99), focal(0.9)):
        board.add(loss, 0, (100, 60, 40), data={"imbalance_ratio": 10})
    page = groups(db)
    assert page.baseline is None
    assert [one.standing.why for one in page.items if one.standing] == ["no baseline"] * 6


def test_any_setting_may_be_the_baseline(board: Board, db: Database) -> None:
    with db.read() as session:
        chosen = get_run(session, board.ids[1]).setting_hash
    page = groups(db, baseline=chosen)
    assert page.items[0].label == "CB-Focal 0.99"
    assert page.items[0].standing is not None
    assert page.items[0].standing.is_baseline
    worse = by_label(page)["CE"].standing
    assert worse is not None
    assert worse.delta is not None
    assert worse.delta.verdict == "worse"
    with pytest.raises(InvalidError, match="refused"):
        groups(db, baseline="0" * 64)


def test_what_a_filter_leaves_out_is_told(board: Board, db: Database) -> None:
    with db.write() as session:
        set_tags(session, get_run(session, board.ids[0]), ["paper"])
    found = by_label(groups(db, only=RunFilter(tags=("paper",))))
    assert [group.label for group in groups(db, "tag", RunFilter(tags=("paper",))).items] == ["paper"]
    assert {label: (group.runs, group.left_out) for label, group in found.items()} == {
        "CB-Focal 0.99": (5, 0),
        "CE": (1, 4),
    }


def test_other_groups_are_counted(board: Board, db: Database, settings: Settings) -> None:
    tags = groups(db, "tag").items
    assert [(group.label, group.runs, group.states) for group in tags] == [("paper", 5, {})]
    [sets] = groups(db, "dataset").items
    assert (sets.key, sets.runs, sets.newest) == ("shapes10", 11, board.ids[-1])
    [none] = groups(db, "sweep").items
    assert (none.key, none.label, none.runs) == (None, "in no sweep", 11)


def test_pages_hold_every_group_once(board: Board, db: Database) -> None:
    seen, cursor = [], None
    while True:
        page = groups(db, limit=1, cursor=cursor)
        seen += [group.label for group in page.items]
        assert page.total == 3
        if (cursor := page.next_cursor) is None:
            break
    assert seen == ["CB-Focal 0.9", "CB-Focal 0.99", "CE"]
    with pytest.raises(InvalidError):
        groups(db, cursor="x")


@pytest.mark.parametrize(
    ("q", "left"), [("archived = yes", 3), ("archived = no", 2), ("archived in (yes, no)", 0), ("", 0)]
)
def test_a_search_for_archived_runs_leaves_out_the_others(
    board: Board, db: Database, q: str, left: int
) -> None:
    with db.write() as session:
        for run in session.query(Run).filter(Run.config["seed"].as_integer() < 2):
            run.archived_at = "2026-01-01"
    found = by_label(groups(db, only=RunFilter(q=q)))
    assert found["CE"].left_out == left


def test_a_setting_of_too_many_runs_is_listed_without_figures(board: Board, db: Database) -> None:
    columns = [column.name for column in Run.__table__.columns if column.name not in ("id", "kind")]
    with db.write() as session:
        run = get_run(session, board.ids[-1])
        copies = [
            Run(**{name: getattr(run, name) for name in columns if name != "kind"}) for _ in range(MOST_RUNS)
        ]
        session.add_all(copies)
    found = by_label(groups(db))
    assert found["CB-Focal 0.9"].standing is None
    assert found["CB-Focal 0.9"].runs == MOST_RUNS + 1
    assert found["CE"].standing is not None
    with db.read() as session:
        chosen = get_run(session, board.ids[-1]).setting_hash
    with pytest.raises(InvalidError) as refused:
        groups(db, baseline=chosen)
    assert refused.value.fields[0].message == "has 501 runs here, and 500 can be compared at once"


def test_equal_settings_are_told_apart_as_rarely_as_promised(settings: Settings) -> None:
    """Of boards of seven equal settings over five seeds, grouped: at most 5 % claim a difference."""
    prepare(settings)
    made = null_boards.Board(Database(settings.url), 7, 5)
    made.fill()
    random, boards, claimed = np.random.default_rng(15), 30, 0
    for at in range(boards):
        made.draw(random, at % 2 == 1)
        with made.database.read() as session:
            page = run_groups(session, Asked(RunFilter(), "setting", limit=MOST_SETTINGS), made)
        deltas = [group.standing.delta for group in page.items if group.standing and group.standing.delta]
        assert len(deltas) == 6
        claimed += any(delta.verdict in ("better", "worse") for delta in deltas)
    made.database.close()
    assert claimed <= binom.ppf(0.999, boards, 0.05)
