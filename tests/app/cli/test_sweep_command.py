"""`betaboard sweep`: what file and options come to, what is printed, and which exit code the end has."""

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from app.cli.sweep_file import typed_baseline
from app.cli.waiting import exit_code
from app.client import Client
from app.lifecycle import State
from app.runs import queue
from app.store.engine import Database
from app.views.sweeps.view import SweepCounts
from tests.app.cli.conftest import Call
from tests.app.real_processes import wait_for
from trainer.sweep import SWEEP_PRESETS

SeedRun = Callable[..., int]
COMMAND = "sweep"

SHORT = ("--set", "optim.epochs=3", "--set", "optim.milestones=[]")
CB = ("--set", "loss.weighting=class_balanced")


def ends_soon(db: Database, *states: State) -> None:
    """Let queued runs end as these states as soon as they are there, as if a worker had them."""

    def end(state: State) -> bool:
        with db.write() as session:
            claimed = queue.claim(session, "w")
            if claimed is not None:
                queue.move(session, claimed, state)
            return claimed is not None

    def end_all() -> None:
        for state in states:
            wait_for(partial(end, state))

    Thread(target=end_all).start()


@pytest.mark.slow
def test_axes_and_baselines_from_options(call: Call, web_url: str) -> None:
    result = call(
        *SHORT,
        *CB,
        "--axis",
        "loss.beta=0.9, N=100",
        "--axis",
        "seed=0..2",
        "--baseline",
        "loss.name=cross_entropy,loss.weighting=none",
        "--name",
        "betas",
        "--tag",
        "a",
        "--tag",
        "b",
    )
    assert (result.exit_code, result.stdout) == (0, f"Sweep 1 has 9 runs: {web_url}/sweeps/1\n")
    with Client(web_url) as board:
        sweep = board.sweep(1)
        assert (sweep.name, [row.label for row in sweep.rows]) == ("betas", ["CE", "CB-CE 0.9", "CB-CE 0.99"])
        assert len(board.runs(tag=["a", "b"])) == 9
    again = call(*SHORT, *CB, "--axis", "loss.beta=0.9", "--axis", "seed=0..2")
    assert "Sweep 2 has 3 runs, 3 used again: " in again.stdout
    anew = call(*SHORT, *CB, "--axis", "loss.beta=0.9", "--no-reuse")
    assert "Sweep 3 has 1 run: " in anew.stdout


TOML = """
name = "from a file"
reuse = false
[base]
optim.epochs = 3
[base.loss]
weighting = "class_balanced"
[axes]
loss.beta = [0.9, 0.99]
seed = "0..1"
[[baselines]]
loss.weighting = "none"
"""


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["toml", "json"])
def test_a_file_with_options_laid_over_it(call: Call, tmp_path: Path, kind: str) -> None:
    file = tmp_path / f"sweep.{kind}"
    sweep: dict[str, Any] = {
        "name": "from a file",
        "base": {"optim": {"epochs": 3}, "loss": {"weighting": "class_balanced"}},
        "axes": {"loss.beta": [0.9, 0.99], "seed": "0..1"},
        "baselines": [{"loss.weighting": "none"}],
    }
    file.write_text(TOML if kind == "toml" else json.dumps(sweep))
    view = json.loads(call(str(file), "--axis", "seed=5", "--set", "optim.batch_size=32", "--json").stdout)
    assert (view["name"], view["counts"]["total"], view["seeds"]) == ("from a file", 3, ["seed 5"])
    assert view["base"]["optim"] == {"epochs": 3, "batch_size": 32}
    assert view["axes"] == {"loss.beta": [0.9, 0.99], "seed": [5]}
    assert view["baselines"] == [{"loss.weighting": "none"}]


def test_methods_stand_side_by_side_over_a_preset(call: Call) -> None:
    several = "class_balanced_ce:loss.beta=0.9,N=100,loss.reduction=mean_one"
    methods = ("--method", "cross_entropy", "--method", several)
    view = json.loads(call("--preset", "smoke", *methods, "--axis", "seed=0..1", "--json").stdout)
    assert {row["label"] for row in view["rows"]} == {"CE", "CB-CE 0.9", "CB-CE 0.99"}
    assert view["counts"]["total"] == 6
    refused = call("--preset", "smoke", "--method", "ldam_drv")
    assert (refused.exit_code, "known are cross_entropy" in refused.stderr) == (2, True)


def test_a_sweep_preset_with_options_laid_over_it(call: Call) -> None:
    preset = SWEEP_PRESETS["dead_relu"]
    over = ("--axis", "seed=7", "--set", "optim.epochs=5", "--baseline", "model.width=1")
    view = json.loads(call("--preset", "dead_relu", *over, "--json").stdout)
    assert view["name"] == "dead ReLU"
    assert view["base"]["optim"] == {**preset["base"]["optim"], "epochs": 5}
    assert view["axes"] == {**preset["axes"], "seed": [7]}
    assert view["baselines"] == [*preset["baselines"], {"model.width": 1}]
    assert view["counts"]["total"] == 5 + len(preset["baselines"]) + 1


@pytest.mark.slow
def test_a_look_before_counts_the_first_stages_that_join(call: Call) -> None:
    told = call("--dry-run", "--axis", "second_stage.name=crt,ncm", "--axis", "seed=0..1").output
    assert "6 runs: 0 used again, 6 new" in told
    assert "stages    2 runs of them first stages for second ones" in told
    assert "stages" not in call("--dry-run", "--axis", "second_stage.name=none,crt").output


@pytest.mark.slow
def test_dry_run_launches_nothing(call: Call, web_url: str) -> None:
    options = (*CB, "--axis", "loss.beta=0.9,0.99", "--dry-run")
    told = call(*options)
    assert told.exit_code == 0
    assert told.stdout.splitlines()[:3] == [
        "2 runs: 0 used again, 2 new",
        "setting   CB-CE 0.9",
        "setting   CB-CE 0.99",
    ]
    assert json.loads(call(*options, "--json").stdout)["new_runs"] == 2
    with Client(web_url) as board:
        assert board.sweeps() == []


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("--axis", "seed=4..0"), "axes.seed: has a range that runs downward"),
        ((*CB, "--axis", "loss.beta=0.9,1"), "axes.loss.beta[1]: must be less than 1"),
        (("--axis", "seed"), "FIELD=VALUE"),
        (("--baseline", "loss.nam=focal"), "baselines[0].loss.nam: is not a field"),
        (("--set", "optim.lr=1"), "optim.lr"),
        (("gone.json",), "cannot be read"),
    ],
)
def test_refusals_name_axis_and_option(call: Call, arguments: tuple[str, ...], named: str) -> None:
    result = call(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert named in result.stderr


@pytest.mark.parametrize(
    ("content", "named"),
    [
        ('{"axis": {}}', "axis: is not known here"),
        ('{"axes": []}', "axes: must be an object"),
        ('{"base": 1}', "base: must be an object"),
        ('{"baselines": {"loss.name": "focal"}}', "baselines: must be a list"),
        ('{"axes": {"seed": "1..x"}}', "axes.seed: holds '1..x'"),
        ('{"axes": {"seed": 3}}', "axes.seed"),
    ],
)
def test_a_file_that_is_no_sweep_is_refused(call: Call, tmp_path: Path, content: str, named: str) -> None:
    file = tmp_path / "sweep.json"
    file.write_text(content)
    result = call(str(file))
    assert (result.exit_code, result.stdout) == (2, "")
    assert named in result.stderr


class TestWait:
    def test_ends_with_a_table(self, call: Call, seed_run: SeedRun) -> None:
        for seed in (0, 1):
            seed_run("completed", config={"seed": seed, "optim": {"epochs": 3, "milestones": []}})
        result = call(*SHORT, "--axis", "seed=0..1", "--wait", "--timeout", "30")
        assert result.exit_code == 0
        [head, line] = result.stdout.splitlines()[1:]
        assert head.split() == ["setting", "seed", "0", "seed", "1", "mean", "%"]
        assert line.split() == ["CE", "65.0", "65.0", "65.0"]

    def test_several_settings_end_with_the_way_to_their_verdict(self, call: Call, seed_run: SeedRun) -> None:
        for width in (8, 16):
            seed_run(config={"model": {"width": width}, "optim": {"epochs": 3, "milestones": []}})
        result = call(*SHORT, "--axis", "model.width=8,16", "--wait", "--timeout", "30")
        assert "betaboard compare --sweep 1, or http" in result.stdout.splitlines()[-1]

    def test_a_launch_warns_as_a_dry_run_does(self, call: Call) -> None:
        result = call(*SHORT, "--axis", "loss.beta=0.9,0.99", "--max-attempts", "2")
        assert result.stdout.startswith("Sweep 1 has 1 run: ")
        assert "2 combinations are only 1 different run. Beta (loss.beta)" in result.stderr

    def test_a_failed_cell_is_exit_code_1(self, call: Call, db: Database) -> None:
        ends_soon(db, State.FAILED, State.COMPLETED)
        result = call(*SHORT, "--axis", "seed=0..1", "--wait", "--timeout", "30", "--json")
        assert result.exit_code == 1
        assert json.loads(result.stdout)["counts"]["failed"] == 1

    def test_a_canceled_cell_is_exit_code_3(self, call: Call, db: Database) -> None:
        ends_soon(db, State.CANCELED)
        result = call("--wait", "--timeout", "30")
        assert result.exit_code == 3
        assert result.stdout.splitlines()[-1].split() == ["CE", "canceled", "–"]

    def test_time_is_up(self, call: Call) -> None:
        result = call("--wait", "--timeout", "0.1")
        assert result.exit_code == 4
        assert "still has 1 queued or running cells" in result.stderr


@pytest.mark.parametrize(
    ("found", "code"),
    [
        ({"completed": 3}, 0),
        ({"completed": 2, "failed": 1}, 1),
        ({"canceled": 2, "failed": 1}, 1),
        ({"completed": 2, "canceled": 1}, 3),
        ({"completed": 2, "missing": 1}, 3),
    ],
)
def test_exit_codes(found: dict[str, int], code: int) -> None:
    none = dict.fromkeys(("queued", "running", "completed", "failed", "canceled", "missing"), 0)
    assert exit_code(SweepCounts(total=3, **{**none, **found})) == code


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("loss.name=focal", {"loss.name": "focal"}),
        ("loss.name=focal, loss.beta=N=10", {"loss.name": "focal", "loss.beta": "N=10"}),
        ("optim.milestones=5, 7,seed=3", {"optim.milestones": [5, 7], "seed": 3}),
    ],
)
def test_a_baseline_as_text(text: str, fields: dict[str, Any]) -> None:
    assert typed_baseline(text) == fields


def test_a_dry_run_tells_the_effective_rates(call: Call) -> None:
    weighted = ("--set", "loss.weighting=class_balanced", "--set", "loss.reduction=batch_mean")
    told = call("--dry-run", *SHORT, *weighted, "--baseline", "loss.weighting=none").output
    assert "rate      effectively 0.00444 to 0.0200 (approximate" in told
    assert "Effective learning rates differ by more than 10 %: CE at 0.0200; CB-CE 0.997 at 0.00444" in told
    assert "effectively" not in call("--dry-run", *SHORT, "--axis", "seed=0..1").output
