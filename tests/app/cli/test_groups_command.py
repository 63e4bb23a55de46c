"""`betaboard groups` against a real server: lines of settings, and of what else runs are grouped by."""

import json
import statistics

import pytest

from tests.app.cli.conftest import Call
from tests.conftest import SeedRun

pytestmark = pytest.mark.slow

COMMAND = "groups"
FOCAL = {"loss": {"name": "focal", "weighting": "class_balanced", "beta": 0.99}}


def test_a_setting_has_its_mean_and_says_what_became_of_its_runs(call: Call, seed_run: SeedRun) -> None:
    accuracies = (0.5, 0.6, 0.7)
    for seed, accuracy in enumerate(accuracies):
        seed_run(config={"seed": seed}, figures={3: {"test_accuracy": accuracy}})
    seed_run("failed", config={"seed": 3}, figures={3: {"test_loss": float("nan"), "diverged": True}})
    seed_run("queued", config=FOCAL)
    focal, plain = call().stdout.splitlines()[1:]
    spread = f"{100 * statistics.fmean(accuracies):.1f} ± {100 * statistics.stdev(accuracies):.1f}"
    assert plain.startswith("CE ")
    assert spread in plain
    assert "baseline" in plain
    assert plain.rstrip().endswith("3 completed, 1 failed, 1 of them diverged")
    assert focal.startswith("CB-Focal 0.99 ")
    assert focal.rstrip().endswith("1 queued")
    shown = json.loads(call("--json").stdout)["items"]
    assert [item["standing"]["diverged"] for item in shown] == [0, 1]


def test_other_groups_count_runs_and_states(call: Call, seed_run: SeedRun) -> None:
    seed_run(tags=["paper", "first"])
    seed_run("queued", config=FOCAL, tags=["paper"])
    (line,) = call("--by", "dataset").stdout.splitlines()[1:]
    assert line.split() == ["shapes10", "2", "1", "completed,", "1", "queued"]
    lines = call("--by", "tag").stdout.splitlines()[1:]
    assert sorted(line.split()[:2] for line in lines) == [["first", "1"], ["paper", "2"]]


def test_nothing_that_fits_is_said(call: Call) -> None:
    assert call().stdout == "No run is like that.\n"
