"""The board of an earlier version, as people have it on disk, in this version: it opens, and it goes on.

That it shows the same figures is what the rest of the suite says, which reads nothing else.
"""

import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from app.client import Client
from tests.app.serving import Family
from tests.contract.stored import (
    ARCHIVED,
    BOARD,
    COMPLETED,
    FAILED,
    HALF_WAY,
    PAUSED,
    RETRIED,
    WAITING,
    opened,
    unpack,
)

STATES = {
    **dict.fromkeys(COMPLETED, "completed"),
    HALF_WAY: "canceled",
    FAILED: "failed",
    RETRIED: "completed",
    PAUSED: "paused",
    ARCHIVED: "canceled",
    WAITING: "queued",
}


def test_the_board_is_small_and_names_no_machine() -> None:
    assert BOARD.stat().st_size < 400_000
    with tarfile.open(BOARD) as packed:
        for member in packed.getmembers():
            assert (member.uname, member.gname) == ("root", "root")
            content = packed.extractfile(member)
            assert content is not None
            text = content.read()
            assert all(place not in text for place in (b"/home/", b"/work/", b"/tmp/", b"site-packages"))


def test_every_state_is_there(board: TestClient) -> None:
    items = [item for archived in ("false", "true")
             for item in board.get(f"/api/v1/runs?archived={archived}").json()["items"]]  # fmt: skip
    assert {item["id"]: item["state"] for item in items} == STATES


@pytest.fixture
def changed(tmp_path: Path) -> Iterator[TestClient]:
    """A copy of the board."""
    with opened(unpack(tmp_path / "data")) as caller:
        yield caller


def test_settings_have_the_hashes_that_they_had(changed: TestClient) -> None:
    """Launched again with the configuration that is stored, a run is known as the same."""
    for run_id in STATES:
        stored = changed.get(f"/api/v1/runs/{run_id}").json()
        again = changed.post("/api/v1/runs", json={"config": stored["config"]}).json()
        assert again["id"] not in STATES
        for name in ("config_hash", "setting_hash", "config"):
            assert again[name] == stored[name], f"{name} of run {run_id}"


def test_equal_runs_are_used_again(changed: TestClient) -> None:
    """A sweep like the stored one trains nothing."""
    sweep = changed.get("/api/v1/sweeps/1").json()
    body = {name: sweep[name] for name in ("base", "axes", "baselines")}
    preview = changed.post("/api/v1/sweeps/validate", json=body).json()
    assert (preview["runs"], preview["new_runs"], len(preview["reused"])) == (6, 0, 6)


@pytest.mark.slow
def test_a_canceled_run_goes_on_from_its_checkpoint(tmp_path: Path) -> None:
    settings = unpack(tmp_path / "data")
    with opened(settings) as caller:
        before = caller.get(f"/api/v1/runs/{HALF_WAY}/epochs").json()["items"]
        assert caller.post(f"/api/v1/runs/{WAITING}/cancel").status_code == 200
        assert caller.post(f"/api/v1/runs/{HALF_WAY}/retry").json()["state"] == "queued"
    assert [row["epoch"] for row in before] == [1]
    family = Family(settings.data_dir)
    try:
        with Client(family.url) as client:
            done = client.wait(HALF_WAY, timeout=300)
            after = [row.model_dump(mode="json") for row in client.epochs(HALF_WAY)]
            kinds = [event.kind for event in client.follow(HALF_WAY)]
            kept = client.predictions(HALF_WAY)
    finally:
        family.end()
    assert (done.state, done.progress.epoch) == ("completed", 3)
    assert [row["epoch"] for row in after] == [1, 2, 3]
    assert after[0] == before[0], "the epoch before the stop was trained once"
    assert kinds.count("started") == 2
    assert (kept.epoch, len(kept.predicted)) == (3, 2000)
