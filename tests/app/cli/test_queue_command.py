"""`betaboard queue` and its verbs, and --require of launch and sweep, against a real server."""

import json
from pathlib import Path

import pytest

from app.store import workers
from app.store.engine import Database
from app.store.workers import WorkerInfo
from tests.app.cli.conftest import Call

pytestmark = pytest.mark.slow


def test_the_queue_is_listed_in_its_order_with_why(call: Call, db: Database) -> None:
    with db.write() as s:
        workers.register(s, WorkerInfo("w", 1, "here", 1, 1, ("cpu",)))
    assert call("queue").stdout == "0 jobs running, 0 waiting.\n"
    call("sweep", "--axis", "seed=0..1", "--name", "two")
    call("launch", "--name", "alone")
    told = call("launch", "--name", "large", "--require", "big", "--require", "device=cuda")
    assert "No worker with device cuda and label big is alive." in told.stdout
    lines = call("queue").stdout.splitlines()
    assert lines[0] == "0 jobs running, 4 waiting."
    assert [line.split()[:2] for line in lines[2:]] == [["1", "1"], ["2", "3"], ["3", "2"], ["–", "4"]]
    assert "Number 2 in the queue." in lines[3]
    assert "device=cuda, big" in lines[5]
    assert "No worker with device cuda and label big is alive." in lines[5]
    assert "requires  device cuda and label big\n" in call("show", "4").stdout
    assert "2 of 4 shown; --limit shows more." in call("queue", "--limit", "2").stdout


def test_it_is_put_in_order_by_hand(call: Call) -> None:
    for name in ("one", "two", "three"):
        call("launch", "--name", name)
    assert call("queue", "move", "3", "top").stdout == "Job 3 is number 1 in the queue.\n"
    call("queue", "move", "2", "up")
    call("queue", "set", "1", "--priority", "9")
    shown = json.loads(call("queue", "--json").stdout)
    assert [(item["id"], item["priority"]) for item in shown["items"]] == [(1, 9), (3, 0), (2, 0)]
    changed = json.loads(call("queue", "set", "1", "--require", "big", "--json").stdout)
    assert changed["requirements"] == {"device": None, "labels": ["big"]}
    changed = json.loads(call("queue", "set", "1", "--require-nothing", "--json").stdout)
    assert changed["requirements"] == {"device": None, "labels": []}


@pytest.mark.parametrize(
    "wrong",
    [
        ("queue", "move", "1", "left"),
        ("queue", "move", "99", "up"),
        ("queue", "set", "1"),
        ("queue", "set", "1", "--priority", "2000"),
        ("queue", "--limit", "0"),
        ("launch", "--require", "two words"),
        ("launch", "--require", "device=tpu"),
        ("worker", "--label", "two words"),
    ],
)
def test_what_is_refused_is_said_with_exit_code_2(call: Call, wrong: tuple[str, ...]) -> None:
    call("launch")
    assert call(*wrong).exit_code == 2
    assert json.loads(call("queue", "--json").stdout)["total"] == 1


def test_a_sweep_by_options_and_by_file_requires(call: Call, tmp_path: Path) -> None:
    call("sweep", "--axis", "seed=0..1", "--require", "big", "--priority", "2")
    file = tmp_path / "sweep.json"
    file.write_text('{"axes": {"seed": [5]}, "requirements": {"device": "mps"}}')
    call("sweep", str(file))
    shown = json.loads(call("queue", "--json").stdout)["items"]
    told = [
        (item["priority"], item["requirements"]["device"], item["requirements"]["labels"]) for item in shown
    ]
    assert told == [(2, None, ["big"]), (2, None, ["big"]), (0, "mps", [])]
