"""What a comparison says of a run that goes on from another: shared epochs, and no row of a run in one go."""

from typing import Any

import pytest
from sqlalchemy import update

from app.comparing.fill import comparison_views
from app.store.engine import Database
from app.store.tables import Run
from tests.conftest import SeedRun

COSINE: dict[str, Any] = {"schedule": "cosine", "epochs": 5}


def gone_on(db: Database, run_id: int, origin: int) -> None:
    with db.write() as s:
        s.execute(update(Run).where(Run.id == run_id).values(first_stage_id=origin, continued_after=3))


def warnings_of(db: Database, *run_ids: int) -> tuple[str, ...]:
    with db.read() as s:
        return comparison_views(s, run_ids).comparison.warnings


@pytest.mark.parametrize("named", [True, False])
def test_runs_that_go_on_are_named_with_what_they_go_on_from(
    db: Database, seed_run: SeedRun, named: bool
) -> None:
    one, other = seed_run(), seed_run(config={"optim": {"epochs": 5, "milestones": []}}, epochs=5)
    if named:
        gone_on(db, other, one)
    told = [text for text in warnings_of(db, one, other) if text.startswith("Goes on from another run")]
    assert len(told) == named
    assert all(f"#{other} from #{one} after its epoch 3" in text for text in told)


def test_a_continued_cosine_has_a_row_of_its_own(db: Database, seed_run: SeedRun) -> None:
    """Of the same length and seed as one in one go: no second run of it, and no repeat of it."""
    in_one_go = seed_run(config={"optim": COSINE}, epochs=5)
    continued = seed_run(config={"optim": COSINE | {"continued_after": [3]}}, epochs=5)
    with db.read() as s:
        rows = comparison_views(s, [in_one_go, continued]).comparison.rows
    assert [row.run_ids for row in rows] == [(in_one_go,), (continued,)]
    assert any("continued after is" in text for text in warnings_of(db, in_one_go, continued))
