"""The demo: which runs it queues, that it uses equal ones again, its table, and that Ctrl-C ends it whole."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from click.testing import CliRunner

from app import demo
from app.cli import main
from app.client import Client
from trainer.config import config_hash, parse_config

SeedRun = Callable[..., int]


@pytest.fixture
def board(web_url: str) -> Iterator[Client]:
    with Client(web_url) as made:
        yield made


def test_runs_are_those_of_the_write_up() -> None:
    losses = [parse_config(run.config).loss for run in demo.RUNS]
    assert [(loss.name, loss.weighting, loss.beta) for loss in losses] == [
        ("cross_entropy", "none", None),
        ("focal", "none", None),
        ("cross_entropy", "class_balanced", 0.997),
        *(("focal", "class_balanced", beta) for beta in (0.9, 0.99, 0.997, 0.999, 0.9999)),
    ]
    assert len({config_hash(parse_config(run.config)) for run in demo.RUNS}) == 8


def test_second_demo_uses_the_runs_of_the_first(board: Client) -> None:
    first = demo.queue_runs(board, demo.RUNS)
    assert [run.name for run in demo.progress(board, first)] == [run.name for run in demo.RUNS]
    assert demo.queue_runs(board, demo.RUNS) == first
    board.cancel(first[3])
    second = demo.queue_runs(board, demo.RUNS)
    assert second[3] > first[-1]
    assert second[:3] + second[4:] == first[:3] + first[4:]


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two runs of one epoch."""
    monkeypatch.setattr(demo, "OPTIM", {"epochs": 1, "milestones": []})
    monkeypatch.setattr(demo, "RUNS", demo.RUNS[:1] + demo.RUNS[-1:])


def run_demo(data_dir: Path, *options: str) -> Any:
    return CliRunner().invoke(main, ["demo", "--exit", "--port", "0", "--data-dir", str(data_dir), *options])


@pytest.mark.slow
@pytest.mark.usefixtures("small")
def test_demo_ends_with_its_table(tmp_path: Path) -> None:
    result = run_demo(tmp_path)
    assert result.exit_code == 0, result.output
    rows = {words[0]: words[1:] for line in result.stdout.splitlines() if (words := line.split())}
    assert rows["disc"][0] == "1,000"
    assert len(rows["disc"]) == 3
    assert all(0 <= float(value) <= 100 for value in rows["accuracy"])
    assert "/compare?runs=1,2" in result.stdout
    again = run_demo(tmp_path)
    assert (
        again.stdout.split("Recall", 1)[1].splitlines()[:-1]
        == result.stdout.split("Recall", 1)[1].splitlines()[:-1]
    )


def test_demo_without_a_slot_is_refused(tmp_path: Path) -> None:
    result = run_demo(tmp_path, "--workers", "0")
    assert result.exit_code == 2
    assert "slot" in result.stderr


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signal_ends_the_demo_and_all_its_processes(tmp_path: Path, number: signal.Signals) -> None:
    command = [sys.executable, "-c", "from app.cli import main; main()", "demo", "--port", "0"]
    with subprocess.Popen(
        [*command, "--data-dir", str(tmp_path)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    ) as running:  # fmt: skip
        assert running.stdout is not None
        assert "8 runs on shapes10" in running.stdout.readline()
        children = psutil.Process(running.pid).children(recursive=True)
        assert len(children) >= 2
        running.send_signal(number)
        running.communicate(timeout=40)
    assert running.returncode == 130
    gone, alive = psutil.wait_procs(children, timeout=10)
    assert (len(gone), alive) == (len(children), [])
