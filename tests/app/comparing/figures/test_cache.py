"""Curves of compared runs that are kept are those that would be drawn now, whatever happened to the runs."""

from collections.abc import Callable, Sequence

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.comparing.figures.curves import CurveOptions
from app.comparing.figures.registry import FIGURES
from app.comparing.figures.source import FigureRequest, Source
from app.comparing.options import CompareOptions
from app.figures.theme import DARK, LIGHT, Theme
from app.store import series
from app.store.engine import Database
from app.store.tables import Epoch, Run
from tests.app.api.test_errors import error_of
from tests.conftest import SeedRun

pytestmark = pytest.mark.slow

PATH = "/api/v1/figures/compare-curves"


def now(
    db: Database,
    runs: list[int],
    theme: Theme = LIGHT,
    look: CurveOptions = CurveOptions(),  # noqa: B008 (frozen)
    metric: str = "accuracy",
    baseline: str | None = None,
) -> object:
    with db.read() as session:
        request = FigureRequest(
            tuple(runs), theme, metric=metric, look=look, options=CompareOptions(baseline)
        )
        return FIGURES["compare-curves"].draw(Source(session, request)).figure["data"]


CHANGES: dict[str, Callable[[int], tuple[object, ...]]] = {
    "an epoch more": lambda run: (
        update(Epoch).where(Epoch.run_id == run, Epoch.epoch == 2).values(epoch=3, time="later"),
        update(Run).where(Run.id == run).values(epoch=3),
    ),
    "an epoch again": lambda run: (
        update(Epoch).where(Epoch.run_id == run, Epoch.epoch == 2).values(test_accuracy=0.01, time="later"),
    ),
    "an end": lambda run: (update(Run).where(Run.id == run).values(state="completed", finished_at="2026"),),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_of_a_run_is_seen(client: TestClient, db: Database, seed_run: SeedRun, change: str) -> None:
    """Two runs of one experiment: which of them counts turns on which was completed."""
    runs = [seed_run("failed", epochs=3), seed_run("running", epochs=2)]
    path = f"{PATH}?runs={runs[0]},{runs[1]}"
    before = client.get(path)
    assert before.json()["data"] == now(db, runs)
    assert client.get(path).content == before.content
    with db.write() as session:
        for statement in CHANGES[change](runs[1]):
            session.execute(statement)  # type: ignore[call-overload]
    after = client.get(path)
    assert after.json()["data"] == now(db, runs)
    assert after.headers["etag"] != before.headers["etag"]
    held = client.get(path, headers={"If-None-Match": after.headers["etag"]})
    assert (held.status_code, held.content) == (304, b"")


def test_every_word_that_changes_the_curves_is_told_apart(
    client: TestClient, db: Database, seed_run: SeedRun
) -> None:
    runs = [seed_run(config={"loss": {"name": name}}) for name in ("cross_entropy", "focal")]
    path = f"{PATH}?runs={runs[0]},{runs[1]}"
    log = CurveOptions("step", "log", 0.5, marks_best=True)
    for words, drawn in (
        ("", now(db, runs)),
        ("&theme=dark", now(db, runs, DARK)),
        ("&metric=tail", now(db, runs, metric="tail")),
        ("&baseline=Focal", now(db, runs, baseline="Focal")),
        ("&x=step&scale=log&smooth=0.5&epoch=best", now(db, runs, look=log)),
    ):
        assert client.get(path + words).json()["data"] == drawn, words
    turned = client.get(f"{PATH}?runs={runs[1]},{runs[0]}").json()["data"]
    assert turned == now(db, runs[::-1])
    error_of(client.get(f"{PATH}?runs={runs[0]},99"), 404, "not_found")
    error_of(client.get(f"{path}&metric=nothing"), 422, "invalid")


def test_another_look_at_the_same_runs_does_not_read_them_again(
    client: TestClient, seed_run: SeedRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[Sequence[str]] = []
    reads = series.curves_of_runs

    def noted(session: Session, run_ids: Sequence[int], names: Sequence[str]) -> object:
        read.append(names)
        return reads(session, run_ids, names)

    monkeypatch.setattr(series, "curves_of_runs", noted)
    one, two = seed_run(epochs=2), seed_run(epochs=2)
    path = f"{PATH}?runs={one},{two}"
    looks = ("", "&x=step", "&smooth=0.5", "&theme=dark", "&metric=test_loss", "&x=time&metric=test_loss")
    answers = {client.get(path + look).text for look in looks}
    assert len(answers) == len(looks)
    assert read == [("seconds", "test_accuracy"), ("seconds", "test_loss")]
    client.patch(f"/api/v1/runs/{one}", json={"name": "another"})
    client.get(path)
    assert len(read) == 3
