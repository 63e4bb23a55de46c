"""What settings gain is kept from one look to the next; it is what would be worked out now."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from pydantic_core import from_json, to_json
from sqlalchemy import update
from starlette.testclient import TestClient

from app.comparing.figures.registry import FIGURES
from app.comparing.figures.source import Source
from app.comparing.fill import ComparisonViews
from app.comparing.query import CompareQuery
from app.figures.theme import LIGHT
from app.settings import Settings
from app.store.engine import Database
from app.store.tables import Epoch, Run
from tests.app.logits import keep_run, learnt
from tests.app.predictions import write_predictions
from tests.conftest import SeedRun
from trainer.run_dir import RunDir

pytestmark = pytest.mark.slow

FOCAL = {"loss": {"name": "focal"}}
FIGURES_ASKED = ("compare-settings", "compare-heat", "compare-recall", "compare-confusion", "compare-effects")
Change = Callable[[Database, Settings, int], None]


@pytest.fixture
def runs(seed_run: SeedRun, db: Database, settings: Settings) -> list[int]:
    """Three seeds of cross-entropy and of focal, the last one not ended."""
    made = [keep_run(seed_run, db, settings, seed) for seed in range(3)]
    made += [keep_run(seed_run, db, settings, seed, FOCAL) for seed in range(3, 6)]
    _run(db, made[-1], state="running", finished_at=None)
    return made


def _run(db: Database, run_id: int, **values: Any) -> None:
    with db.write() as session:
        session.execute(update(Run).where(Run.id == run_id).values(**values))


def _again(db: Database, _settings: Settings, run_id: int) -> None:
    """Its epoch is trained again, with other figures."""
    with db.write() as session:
        worse = update(Epoch).where(Epoch.run_id == run_id).values(test_accuracy=0.123, time="later")
        session.execute(worse)


def _end(db: Database, _settings: Settings, run_id: int) -> None:
    _run(db, run_id, state="completed", finished_at="2026-01-01T00:00:00Z")


def _forget(_db: Database, settings: Settings, run_id: int) -> None:
    RunDir(settings.run_dir(run_id)).predictions_file("test", "last").unlink()


def _answer_otherwise(_db: Database, settings: Settings, run_id: int) -> None:
    answers = learnt(2 * run_id, 60)
    turned = replace(answers, predicted=np.roll(answers.predicted, 7))
    write_predictions(settings.runs_dir, run_id, turned, epoch=1)


CHANGES: dict[str, Change] = {
    "another epoch": _again,
    "the end of a run": _end,
    "predictions are gone": _forget,
    "other predictions": _answer_otherwise,
}


def now(db: Database, settings: Settings, query: CompareQuery) -> tuple[Any, Any]:
    """Rows and figure, by a process that has seen nothing."""
    with db.read() as session:
        source = Source(session, query.figure_request(session, LIGHT), settings)
        rows = [row.model_dump(mode="json") for row in source.changes.rows]
        drawn = [FIGURES[name].drawn(source).figure for name in FIGURES_ASKED]
        return from_json(to_json(rows, inf_nan_mode="null")), from_json(to_json(drawn, inf_nan_mode="null"))


def told(client: TestClient, query: CompareQuery) -> tuple[Any, Any]:
    """The same, by the server."""
    rows = client.get(f"/api/v1/compare?{query.text}")
    assert rows.status_code == 200, rows.text
    drawn = [client.get(f"/api/v1/figures/{name}?{query.text}").json() for name in FIGURES_ASKED]
    return rows.json()["rows"], drawn


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_is_seen(
    client: TestClient, db: Database, settings: Settings, runs: list[int], change: str
) -> None:
    query = CompareQuery(runs=tuple(runs))
    before = told(client, query)
    assert before == now(db, settings, query)
    CHANGES[change](db, settings, runs[-1] if change == "the end of a run" else runs[1])
    after = told(client, query)
    assert after == now(db, settings, query)
    assert after != before, "the change says something else"


WORDS: tuple[dict[str, Any], ...] = (
    {"baseline": "Focal"},
    {"epoch": "best"},
    {"margin": 2.0},
    {"pairing": "paired"},
    {"multiplicity": "none"},
    {"adjusted": ("1:tau=1",)},
    {"adjusted": ("1:tau=1.2",)},
    {"a": "CE", "b": "Focal"},
    {"order": "dataset"},
    {"metric": "tail"},
)


def test_every_word_is_told_apart(
    client: TestClient, db: Database, settings: Settings, runs: list[int]
) -> None:
    """One server is asked for all of them in turn, twice."""
    queries = [CompareQuery(runs=tuple(runs), **words) for words in ({}, *WORDS)]
    for query in (*queries, *reversed(queries)):
        assert told(client, query) == now(db, settings, query), query.text


def test_figures_of_one_comparison_share_one_working_out(
    client: TestClient, runs: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []
    whole = ComparisonViews._gaining

    def noted(self: ComparisonViews, *given: Any) -> Any:
        made.append(given)
        return whole(self, *given)

    monkeypatch.setattr(ComparisonViews, "_gaining", noted)
    words = f"runs={','.join(map(str, runs))}"
    assert client.get(f"/compare?{words}", headers={"Accept": "text/html"}).status_code == 200
    assert len(made) == 2, "once a setting"
    for name in ("compare-settings", "compare-recall", "compare-tradeoff"):
        assert client.get(f"/api/v1/figures/{name}?{words}").status_code == 200
    assert client.get(f"/api/v1/compare?{words}").status_code == 200
    assert len(made) == 2
