"""What runs are searched by is noted at launch, for boards of before, and where fields came since."""

from typing import Any

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from app.runs.queue import enqueue
from app.settings import Settings
from app.store import search_index
from app.store.engine import Database
from app.store.runs import RunFilter, delete_run, find_runs
from app.store.search_index import catch_up, value_text
from app.store.tables import FieldValue, Run, RunField, RunFigures
from trainer.config import RunConfig, parse_config
from trainer.config_fields import flatten


def noted(s: Session, run_id: int) -> dict[str, tuple[str, float | None]]:
    query = select(FieldValue.path, FieldValue.text, FieldValue.number).join(RunField)
    return {path: (text, number) for path, text, number in s.execute(query.where(RunField.run_id == run_id))}


def added(db: Database, **config: Any) -> int:
    with db.write() as s:
        return enqueue(s, parse_config(config), "run").id


def test_a_launch_notes_what_has_an_effect(db: Database) -> None:
    run_id = added(db, seed=7, loss={"weighting": "class_balanced", "beta": 0.99})
    with db.read() as s:
        found = noted(s, run_id)
        used = {path for path, value in flatten(s.get_one(Run, run_id).config).items() if value is not None}
    assert found.keys() == used
    assert found["loss.beta"] == ("0.99", 0.99)
    assert found["seed"] == ("7", 7.0)
    assert found["loss.name"] == ("cross_entropy", None)
    assert found["data.augment"] == ("true", None)
    assert found["optim.milestones"] == ("6, 8", None)
    assert "loss.gamma" not in found


def test_equal_values_are_there_once_and_outlive_their_run(db: Database, settings: Settings) -> None:
    first, second = added(db, seed=7), added(db, seed=7)
    with db.read() as s:
        known = s.scalars(select(FieldValue.id).where(FieldValue.path == "seed")).all()
        assert len(known) == 1
    delete_run(db, settings, first)
    with db.read() as s:
        assert s.scalars(select(RunField.run_id).distinct()).all() == [second]


def test_a_long_value_is_found_by_a_part_and_its_hash(db: Database) -> None:
    weights = [round(1 + n / 1000, 3) for n in range(120)]
    run_id = added(db, loss={"weighting": "by_hand", "class_weights": weights})
    added(db, loss={"weighting": "by_hand", "class_weights": [*weights[:-1], 9.0]})
    typed = ", ".join(f"{weight:.10g}" for weight in weights)
    assert len(value_text(weights)) < len(typed) < 1000
    with db.read() as s:
        assert find_runs(s, RunFilter(q=f'weights = "{typed}"')).ids == [run_id]


def test_a_board_of_before_is_noted_once(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = [added(db, seed=seed) for seed in (1, 2)]
    with db.write() as s:
        s.get_one(Run, ids[0]).last = {"test_accuracy": 0.5}
        s.get_one(Run, ids[0]).best = {"test_accuracy": 0.6}
        s.execute(delete(RunField))
        s.execute(delete(FieldValue))
    said: list[str] = []
    monkeypatch.setattr(search_index, "_BATCH", 1)
    catch_up(db, said.append)
    catch_up(db, said.append)
    assert len(said) == 1
    with db.read() as s:
        assert [noted(s, run_id)["seed"] for run_id in ids] == [("1", 1.0), ("2", 2.0)]
        assert find_runs(s, RunFilter(q="accuracy = 50 and best.accuracy = 60")).ids == ids[:1]


def test_a_field_that_came_later_has_what_it_means(db: Database) -> None:
    """As in a configuration of before, which lacks it; the board says which fields it knew."""
    run_id = added(db)
    with db.write() as s:
        stored = dict(s.get_one(Run, run_id).config)
        del stored["sampling"]
        s.execute(update(Run).values(config=stored))
        later = select(FieldValue.id).where(FieldValue.path.startswith("sampling."))
        s.execute(delete(RunField).where(RunField.value_id.in_(later)))
        s.execute(delete(FieldValue).where(FieldValue.path.startswith("sampling.")))
        s.execute(update(FieldValue).where(FieldValue.path == "").values(text="fewer fields"))
    with db.read() as s:
        assert find_runs(s, RunFilter(q="sampling = instance")).ids == []
    catch_up(db, lambda _: None)
    with db.read() as s:
        assert find_runs(s, RunFilter(q="sampling = instance")).ids == [run_id]
        assert noted(s, run_id)["seed"] == ("0", 0.0)


def test_an_empty_board_has_nothing_to_note(settings: Settings) -> None:
    db = Database(settings.url)
    said: list[str] = []
    catch_up(db, said.append)
    db.close()
    assert said == []


def test_every_usual_metric_has_its_column() -> None:
    from trainer.metrics.table import METRICS

    usual = {f"test_{name}" for name, metric in METRICS.items() if metric.usual}
    assert usual <= set(RunFigures.__table__.columns.keys())


def test_a_default_configuration_is_noted_whole(db: Database) -> None:
    run_id = added(db)
    with db.read() as s:
        assert noted(s, run_id)["optim.epochs"] == (str(RunConfig().optim.epochs), 10.0)
