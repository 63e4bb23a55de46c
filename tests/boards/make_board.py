"""Makes the stored board that the contract suite reads: real trainings by this version, packed small.

    python -m tests.boards.make_board tests/boards/schema-0005.tar.xz

It takes a minute. On the board: a sweep of cross-entropy and class-balanced focal loss (two betas, two seeds)
with predictions of every run, a run that was canceled half way with a checkpoint, one that
failed, one that was retried and went on from its checkpoint, one that is paused, one that was canceled before
it began and is archived, one in the queue, and two published results of one's own. Data sets are left out, as
each is made again by the first run that asks for it. The machine's name and process ids are taken out.

A board is made once and stays: it stands for what people have on disk. Whoever changes the tables keeps it,
and makes one more beside it.
"""

import argparse
import lzma
import shutil
import sqlite3
import sys
import tarfile
import tempfile
import threading
from contextlib import closing
from pathlib import Path
from typing import Any

from app.client import Client
from app.processes import Processes
from app.settings import Settings
from app.views.runs import RunSummary

TINY: dict[str, Any] = {
    "data": {"imbalance_ratio": 10, "max_train_per_class": 150, "validation_fraction": 0.1, "augment": False},
    "model": {"width": 1, "dropout_conv": 0, "dropout_fc": 0},
    "optim": {"epochs": 3, "batch_size": 16, "learning_rate": 0.04, "milestones": []},
    "device": "cpu",
    "threads": 1,
}
LONG: dict[str, Any] = {
    "data": {"imbalance_ratio": 10, "max_train_per_class": 400, "augment": False},
    "model": {"width": 1},
    "optim": {"epochs": 3, "batch_size": 4, "learning_rate": 0.05, "milestones": []},
    "device": "cpu",
    "threads": 1,
}
"""Long enough an epoch to be stopped within the second."""
CLASS_BALANCED: dict[str, Any] = {"name": "focal", "weighting": "class_balanced", "gamma": 1.0}
PUBLISHED = """label,accuracy,unit,source,dataset,class:disc,class:ring
CE of the paper,38.6,percent,"Doe 2024, table 2",shapes10,90.0,1.5
CB focal of the paper,0.436,fraction,"Doe 2024, table 2",shapes10,,
"""
_OUTSIDE = (7, 9, 10)
"""Runs outside the sweep; their predictions are left out, as are those of earlier versions."""
_PASSING = (".db-wal", ".db-shm", ".lock")
_FILTER = {"id": lzma.FILTER_LZMA2, "preset": 9 | lzma.PRESET_EXTREME, "lc": 0, "lp": 2, "pb": 2}
"""For arrays of numbers of two and four bytes."""
LONG_AGO = "2000-01-01T08:00:00.000Z"
"""When the workers were last seen: longer ago than a page tells of."""


def main() -> int:
    """Train in a temporary folder, then pack."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("out", type=Path)
    out: Path = parser.parse_args().out
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        _serve_and(_train, Settings(data_dir=data, port=0))
        _serve_and(_leave_waiting, Settings(data_dir=data, port=0, workers=0))
        _anonymise(data / "betaboard.db")
        for needless in (data / "datasets", *(data / "runs" / str(run) / "predictions" for run in _OUTSIDE)):
            shutil.rmtree(needless)
        _pack(data, out)
    print(f"{out}: {out.stat().st_size:,} bytes")
    return 0


def _serve_and(do: Any, settings: Settings) -> None:
    """Have a real server and worker while `do(client)` works."""
    stop = threading.Event()
    with Processes(settings, say=print) as processes:
        tending = threading.Thread(target=processes.run_until, args=(stop,))
        tending.start()
        try:
            with Client(processes.url) as board:
                do(board)
        finally:
            stop.set()
            tending.join()


def _train(board: Client) -> None:
    sweep = board.launch_sweep(
        {**TINY, "loss": CLASS_BALANCED},
        {"loss.beta": [0.9, 0.99], "seed": [0, 1]},
        [{"loss.name": "cross_entropy", "loss.weighting": "none"}],
        name="Which beta?", tags=["stored"], notes="Two betas and the plain loss.", margin=1.0,
    )  # fmt: skip
    board.wait_sweep(sweep.id, timeout=600)
    _stopped_after(board, 1, board.cancel, board.launch(LONG, "half way", ["stopped"], "Canceled by hand."))
    diverging = {**TINY, "optim": {**TINY["optim"], "learning_rate": 1000, "momentum": 0.99}}
    board.wait(board.launch(diverging, "too fast", ["stopped"]).id, timeout=600)
    again = board.launch({**LONG, "seed": 3}, "<b>again</b> & again", ["retried"])
    _stopped_after(board, 1, board.cancel, again)
    board.wait(board.retry(again.id).id, timeout=600)
    _stopped_after(board, 1, board.pause, board.launch({**LONG, "seed": 4}, "paused"))
    added = board._http.post("/api/v1/published", content=PUBLISHED, headers={"Content-Type": "text/csv"})
    assert added.status_code == 201, added.text


def _stopped_after(board: Client, epochs: int, stop: Any, run: RunSummary) -> None:
    """Stop the run once so many epochs are finished, and wait until it has ended."""
    seen = 0
    for event in board.follow(run.id):
        seen += event.kind == "epoch"
        if event.kind == "epoch" and seen == epochs:
            stop(run.id)
        if event.kind == "stopped":
            break
    while (found := board.run(run.id)).state == "running":
        pass
    assert found.state in ("canceled", "paused"), f"{run.name} came to its end: make its epochs longer"


def _leave_waiting(board: Client) -> None:
    """Runs that no worker ever saw."""
    never = board.launch({"seed": 5}, "never began")
    board.cancel(never.id)
    archived = board._http.post(f"/api/v1/runs/{never.id}/archive")
    assert archived.status_code == 200, archived.text
    board.launch({"loss": {"name": "focal"}}, "waiting", ["queue"], priority=2)


def _anonymise(database: Path) -> None:
    with closing(sqlite3.connect(database)) as opened:
        times = "started_at = ?, heartbeat_at = ?, stopped_at = ?"
        opened.execute(f"UPDATE workers SET host = 'maker', pid = 1, {times}", [LONG_AGO] * 3)
        opened.commit()
        opened.execute("VACUUM")
        opened.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _pack(data: Path, out: Path) -> None:
    """Database and run folders, owned by nobody, in a fixed order."""
    files = sorted(path for path in data.rglob("*") if path.is_file() and path.suffix not in _PASSING)
    files.sort(key=lambda path: path.name)
    with lzma.open(out, "wb", filters=[_FILTER]) as file, tarfile.open(fileobj=file, mode="w") as packed:
        for path in files:
            packed.add(path, str(path.relative_to(data)), filter=_nobody)


def _nobody(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.uid = member.gid = 0
    member.uname = member.gname = "root"
    return member


if __name__ == "__main__":
    sys.exit(main())
