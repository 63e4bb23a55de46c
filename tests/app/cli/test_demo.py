"""The demo: what it asks, that it goes on with its sweep, its verdict, and that Ctrl-C ends it whole."""

import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from click.testing import CliRunner

from app.cli import demo, main
from app.client import Client
from app.comparing.table.sheet import answers_in_full
from app.comparing.view import Verdict
from app.store.engine import Database
from app.store.tables import Run
from tests.benchmarks.interrupt import begun, interrupted
from trainer.class_balance import effective_numbers
from trainer.config import config_hash, merge, parse_config
from trainer.data.longtail import plan
from trainer.data.synthetic import V2

pytestmark = pytest.mark.slow


@pytest.fixture
def board(web_url: str) -> Iterator[Client]:
    with Client(web_url) as made:
        yield made


def test_one_loss_is_asked_about_against_another_at_both_of_its_rates(board: Client) -> None:
    sweep = demo.launch(board)
    plain, slowed, balanced = (parse_config(row.config) for row in sweep.rows)
    assert [len(row.cells) for row in sweep.rows] == [5, 5, 5]
    assert (plain.loss.name, plain.loss.weighting, slowed.loss) == ("cross_entropy", "none", plain.loss)
    assert (balanced.loss.name, balanced.loss.weighting, balanced.loss.beta) == (
        "focal",
        "class_balanced",
        0.997,
    )
    assert plain.optim == balanced.optim
    assert plain.data == slowed.data == balanced.data
    assert plain.data.validation_fraction > 0
    counts = plan(V2.info.train_counts, balanced.data).train_counts
    inverse = 1 / effective_numbers(counts, 0.997)
    mean = float(inverse @ counts / inverse.sum() * 10 / sum(counts))
    assert slowed.optim.learning_rate == pytest.approx(plain.optim.learning_rate * mean, rel=5e-3)
    assert slowed.optim.weight_decay * slowed.optim.learning_rate == pytest.approx(
        plain.optim.weight_decay * plain.optim.learning_rate, rel=1e-2
    )
    assert slowed.optim.milestones == plain.optim.milestones


def test_second_demo_goes_on_with_the_sweep_of_the_first(board: Client) -> None:
    first = demo.launch(board)
    ids = [cell.run_id for row in first.rows for cell in row.cells if cell and cell.run_id]
    board.cancel(ids[3])
    board.delete(ids[4])
    second = demo.launch(board)
    assert second.id == first.id
    assert second.counts.queued == 15
    assert board.run(ids[3]).state == "queued"
    assert len(board.sweeps()) == 1


def test_runs_on_former_images_are_no_part_of_it(board: Client, db: Database) -> None:
    config = parse_config(merge(demo.BASE, {"seed": 0}))
    former = board.launch(demo.BASE).id
    assert board.run(former).config_hash == config_hash(config)
    with db.write() as s:
        s.get_one(Run, former).source = "shapes10/v1"
    sweep = demo.launch(board)
    assert former not in [cell.run_id for row in sweep.rows for cell in row.cells if cell]


def test_verdict_is_the_comparisons_own(board: Client) -> None:
    answered = Verdict(
        question="tail",
        title="Is the tail better?",
        answer="yes",
        text="By 18 points.",
        detail="In three classes.",
        figure="compare-table",
        claim=True,
    )
    view = demo.comparison(board, demo.launch(board))
    assert answers_in_full(view) == ("So far, with 15 of 15 runs still to come (15 queued).",)
    said = answers_in_full(view.model_copy(update={"verdicts": (answered,), "unfinished": None}))
    assert said == ("Is the tail better? Yes. By 18 points. In three classes.",)


def test_figures_are_held_against_plain_cross_entropy(board: Client) -> None:
    sweep = demo.launch(board)
    view = demo.comparison(board, sweep)
    [plain] = [row for row in view.rows if row.label == view.baseline]
    assert plain.setting_hash == sweep.rows[0].setting_hash


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """A narrow network for one epoch, two seeds."""
    changes = {"model": {"width": 1}, "optim": {"epochs": 1, "milestones": []}}
    monkeypatch.setattr(demo, "BASE", merge(demo.BASE, changes))
    monkeypatch.setattr(demo, "SEEDS", (0, 1))


def run_demo(data_dir: Path, *options: str) -> Any:
    return CliRunner().invoke(main, ["demo", "--exit", "--port", "0", "--data-dir", str(data_dir), *options])


@pytest.mark.usefixtures("small")
def test_demo_ends_with_its_table_and_verdict(tmp_path: Path) -> None:
    result = run_demo(tmp_path)
    assert result.exit_code == 0, result.output
    assert "6 runs on shapes10, 3 settings over 2 seeds" in result.stdout
    table, verdict = result.stdout.split("Recall", 1)[1].split("Verdict:\n")
    rows = {words[0]: words[1:] for line in table.splitlines() if (words := line.split())}
    assert rows["disc"][:2] == ["(900),", "%"]
    assert all(0 <= float(value) <= 100 for value in rows["Tail,"][1::3])
    sentences = [line for line in verdict.splitlines() if line.startswith("- ")]
    assert sentences
    assert all(sentence.endswith(".") for sentence in sentences)
    assert "/compare?sweep=1" in verdict
    again = run_demo(tmp_path)
    assert (
        again.stdout.split("Recall", 1)[1].split("Compare")[0]
        == f"{table}Verdict:\n{verdict}".split("Compare")[0]
    )


def test_demo_without_a_slot_is_refused(tmp_path: Path) -> None:
    result = run_demo(tmp_path, "--workers", "0")
    assert result.exit_code == 2
    assert "slot" in result.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signal_ends_the_demo_and_all_its_processes(tmp_path: Path, number: signal.Signals) -> None:
    with begun("demo", tmp_path) as running:
        assert running.stdout is not None
        assert "15 runs on shapes10" in running.stdout.readline()
        children = psutil.Process(running.pid).children(recursive=True)
        assert len(children) >= 2
        running.send_signal(number)
        running.communicate(timeout=60)
    assert running.returncode == 130
    gone, alive = psutil.wait_procs(children, timeout=60)
    assert (len(gone), alive) == (len(children), [])


@pytest.mark.parametrize(
    ("command", "after"),
    [
        ("demo", 0.3),
        ("demo", 1.2),
        ("demo", 3.1),
        ("serve", 1.9),
        ("serve", 4.3),
    ],
)
def test_signal_at_any_moment_ends_all(tmp_path: Path, command: str, after: float) -> None:
    """D12. `tests.benchmarks.interrupt` does this at many random moments."""
    ended = interrupted(command, tmp_path, after)
    assert ended.is_clean, ended
