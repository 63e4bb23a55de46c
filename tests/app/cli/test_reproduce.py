"""`betaboard reproduce`: what it says before it trains, what it asks, what it writes, and its exit codes."""

import json
from pathlib import Path
from typing import Any

import pytest

from app.cli import reproduce as command
from app.client import Client
from app.reproduction.report import Reproduction, report
from app.reproduction.results import Results, read_results, write_results
from app.reproduction.wanted import Wanted
from tests.app.cli.conftest import Call
from tests.app.reproduction.made import finished, tiny, trial_of

pytestmark = pytest.mark.slow

COMMAND = "reproduce"
PLAN = tiny(cost="An hour each.")


@pytest.fixture(autouse=True)
def _tiny(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The tiny plan is there, and files are written to a folder of the test's own."""
    monkeypatch.setattr(command, "plans", lambda: {"tiny": PLAN})
    monkeypatch.setattr(command, "plan_named", lambda name: PLAN)
    monkeypatch.chdir(tmp_path)


def accuracy(one: Wanted) -> float:
    return 0.4 + 0.2 * (one.config.loss.weighting != "none") + 0.01 * one.config.seed


def left(folder: Path, runs: int | None = None, **more: Any) -> Results:
    """Results of an earlier attempt in the folder; all of them, or the first `runs`."""
    results = finished(trial_of(PLAN, **more), accuracy)
    results = results.model_copy(update={"runs": results.runs[:runs]})
    folder.mkdir()
    write_results(folder / "results.json", results)
    return results


def test_with_all_results_there_it_only_writes_the_report(call: Call, tmp_path: Path) -> None:
    results = left(tmp_path / "reproduce-tiny")
    done = call("tiny")
    assert done.exit_code == 0
    assert done.stdout.splitlines() == [
        "A tiny plan: 0 runs to train, 6 done.",
        "HOLDS           Class-balanced does better.",
        f"{'':18}Class-balanced minus Cross-entropy: accuracy above 0 points: "
        "+20.0 (+16.5 to +23.5), n = 3 and 3",
        "1 of 1 claim holds.",
    ]
    written = sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*.*") if path.is_file())
    assert {"reproduce-tiny/report.md", "reproduce-tiny/report.html", "reproduce-tiny/data/accuracy.csv"} <= {
        *written
    }
    assert "Written: reproduce-tiny/report.md" in done.stderr
    assert read_results(tmp_path / "reproduce-tiny" / "results.json") == results
    told = Reproduction.model_validate(json.loads(call("tiny", "--json").stdout))
    assert told == report(trial_of(PLAN), results)


def test_it_asks_before_it_trains(call: Call, web_url: str, tmp_path: Path) -> None:
    left(tmp_path / "kept", 4)
    asked = call("tiny", "--out", "kept", typed="n\n")
    assert asked.exit_code == 1
    assert "A tiny plan: 2 runs to train, 4 done." in asked.stdout
    assert "How long it takes here can be said after a first run. An hour each." in asked.stdout
    assert "Train them?" in asked.stderr
    assert [path.name for path in (tmp_path / "kept").iterdir()] == ["results.json"]
    with Client(web_url) as board:
        assert board.runs() == []


def test_a_dry_run_trains_and_writes_nothing(call: Call, tmp_path: Path) -> None:
    told = call("tiny", "--dry-run", "--scale", "0.5", "--data", "cifar10")
    assert told.exit_code == 0
    assert "A tiny plan: 6 runs to train, 0 done." in told.stdout
    assert "CANNOT TELL     Class-balanced does better." in told.stdout
    assert "warning   Cut down to 0.5 of the epochs" in told.stdout
    assert "It cannot show what was published" in told.stdout
    assert "warning   Trained on cifar10 in place of shapes10" in told.stdout
    assert not (tmp_path / "reproduce-tiny").exists()


def test_what_is_left_untrained_makes_its_exit_code(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    results = left(tmp_path / "reproduce-tiny", 5)
    monkeypatch.setattr(command, "reproduce", lambda *given: results)
    done = call("tiny", "--yes")
    assert done.exit_code == 1
    assert "It is not finished" in (tmp_path / "reproduce-tiny" / "report.md").read_text()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--scale", "0.5"), "results.json is of scale 1.0, not 0.5."),
        (("--data", "cifar10"), "results.json is of dataset as planned, not cifar10."),
    ],
)
def test_results_of_something_else_are_left_alone(
    call: Call, tmp_path: Path, options: tuple[str, ...], said: str
) -> None:
    left(tmp_path / "reproduce-tiny")
    refused = call("tiny", *options, "--yes")
    assert refused.exit_code == 2
    assert said in refused.stderr
    assert "Give another folder with --out." in refused.stderr


def test_a_file_that_holds_no_results_is_named(call: Call, tmp_path: Path) -> None:
    (tmp_path / "reproduce-tiny").mkdir()
    (tmp_path / "reproduce-tiny" / "results.json").write_text('{"plan": "tiny"}')
    refused = call("tiny", "--yes")
    assert refused.exit_code == 2
    assert "reproduce-tiny/results.json holds no results of a reproduction." in refused.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("paper", "tiny"), "It is `betaboard reproduce tiny`."),
        (("paper",), "Name one of bag-of-tricks, cao-2019, cui-2019, menon-2021."),
        (("tiny", "tiny"), "Name one of tiny."),
    ],
)
def test_words_that_name_nothing(call: Call, words: tuple[str, ...], said: str) -> None:
    refused = call(*words)
    assert refused.exit_code == 2
    assert said in refused.stderr
