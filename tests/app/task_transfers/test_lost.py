"""Outcomes that are gone, damaged, of other jobs or unreadable for a while: what is told, what mends it."""

import errno
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient

from app.settings import Settings
from app.store.engine import Database
from app.store.tables import TaskTransfer
from tests.app.task_transfers.planted import config_of, measure_piece, plant, table
from tests.app.task_transfers.test_api import STRENGTH, URL, shown
from trainer.transfer.between_tasks.config import TaskTransferConfig
from trainer.transfer.between_tasks.plan import pieces_of, slot_of
from trainer.transfer.between_tasks.store import TransferStore

SEVEN = ("edges", "hue", "distance", "normals", "orientation", "segmentation", "shape")


@pytest.fixture
def store(settings: Settings) -> TransferStore:
    return TransferStore(settings.datasets_dir)


def keep_only(store: TransferStore, config: TaskTransferConfig, keys: tuple[str, ...]) -> None:
    """As a smaller job would have left what the first seed read out for normals."""
    slot = slot_of(config, "normals", "frozen", 100, 0)
    kept = store.outcomes(slot)
    store.path(slot).unlink()
    for key in keys:
        store.keep(slot, key, kept[key])


def test_what_cannot_be_read_for_a_while_is_there_at_the_next_look(
    client: TestClient, db: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = plant(db, settings, config_of(), STRENGTH)
    load = np.load

    def busy(path: Path, **values: Any) -> Any:
        if "shape-frozen" in str(path) or "normals-full" in str(path):
            raise OSError(errno.EMFILE, "Too many open files", str(path))
        return load(path, **values)

    with monkeypatch.context() as patch:
        patch.setattr(np, "load", busy)
        view = shown(client, job_id)
        assert len(view["warnings"]) == 2
        assert all("cannot be read now" in told and "elete" not in told for told in view["warnings"])
        assert view["answers"] is None
    view = shown(client, job_id)
    assert (view["warnings"], view["answers"] is None) == ([], False)
    assert all(row["quality"]["mean"] is not None for row in view["transfers"])


def test_a_source_that_a_seed_has_lost_is_told_and_not_left_out(
    client: TestClient, db: Database, settings: Settings, store: TransferStore
) -> None:
    config = config_of()
    job_id = plant(db, settings, config, STRENGTH)
    keep_only(store, config, ("distance", "shape", "random", "pixels"))
    view = shown(client, job_id)
    assert "normals" not in {row["target"] for row in view["transfers"]}
    [warning] = view["warnings"]
    assert "normals-frozen-100-seed-0" in warning
    assert "Launch the same again" in warning


def test_a_set_that_a_seed_has_lost_is_told(
    client: TestClient, db: Database, settings: Settings, store: TransferStore
) -> None:
    config = config_of(order=2)
    job_id = plant(db, settings, config, STRENGTH)
    keep_only(store, config, (*config.sources, "random", "pixels"))
    assert len(shown(client, job_id)["warnings"]) == 1


def test_sets_of_a_job_stay_when_another_one_keeps_more_in_the_same_files(
    client: TestClient, db: Database, settings: Settings
) -> None:
    strength = table(
        {target: {name: 0.3 * at for at, name in enumerate(SEVEN)} | {"edges+hue": 9.0} for target in SEVEN}
    )
    job_id = plant(db, settings, config_of(sources=SEVEN, targets=SEVEN, order=2, seeds=(0,)), strength)
    before, policy = shown(client, job_id), client.get(f"{URL}/{job_id}/policy?budget=3").json()
    assert len(before["transfers"]) == 7 * (7 + 2 + 10)
    more = config_of(sources=SEVEN, targets=SEVEN, order=2)
    plant(db, settings, more, strength, sets=("edges+hue",))
    after = shown(client, job_id)
    assert after["transfers"] == before["transfers"]
    assert client.get(f"{URL}/{job_id}/policy?budget=3").json() == policy


@pytest.mark.parametrize("lost", ["own", "key", "set", "torn"])
def test_an_equal_launch_measures_what_a_completed_job_has_lost(
    client: TestClient, db: Database, settings: Settings, store: TransferStore, lost: str
) -> None:
    asked = {"sources": ["edges", "distance", "shape"], "targets": ["normals"], "sizes": [100], "order": 2}
    job_id = client.post(URL, json=asked).json()["id"]
    with db.write() as session:
        job = session.get_one(TaskTransfer, job_id)
        config = TaskTransferConfig.model_validate(job.config)
        job.state = "completed"
    for piece in pieces_of(config):
        measure_piece(settings, config, piece, STRENGTH)
    assert client.post(URL, json=asked).json()["id"] == job_id
    own = store.path(slot_of(config, "shape", "full", 0, 0))
    if lost == "own":
        own.unlink()
    elif lost == "torn":
        own.write_bytes(own.read_bytes()[:-100])
    else:
        pairs = ("edges+distance", "edges+shape", "distance+shape")
        keys = (*config.sources, "random", "pixels", *pairs)
        keep_only(store, config, tuple(key for key in keys if key != {"key": "pixels"}.get(lost, pairs[1])))
    again = client.post(URL, json=asked)
    assert again.status_code == 201
    assert client.post(URL, json=asked).json()["id"] == again.json()["id"] != job_id


def test_an_equal_launch_while_files_cannot_be_read_makes_no_other(
    client: TestClient, db: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = {"sources": ["edges"], "targets": ["normals"], "sizes": [100], "order": 1}
    job_id = client.post(URL, json=asked).json()["id"]
    with db.write() as session:
        session.get_one(TaskTransfer, job_id).state = "completed"

    def busy(path: Path, **_: Any) -> Any:
        raise OSError(errno.EIO, "Input/output error", str(path))

    monkeypatch.setattr(np, "load", busy)
    assert client.post(URL, json=asked).json()["id"] == job_id
