"""betaboard adjust at a shell, against a real server: the twin's figures as a table, refusals, JSON."""

import json

import pytest

from app.settings import Settings
from app.store.engine import Database
from tests.app.cli.conftest import Call
from tests.app.logits import keep_run
from tests.conftest import SeedRun

pytestmark = pytest.mark.slow


@pytest.fixture
def run_id(seed_run: SeedRun, db: Database, settings: Settings) -> str:
    return str(keep_run(seed_run, db, settings))


def test_a_table_says_what_the_json_holds(call: Call, run_id: str) -> None:
    asked = (run_id, "--tau", "validation", "--temperature", "2", "--prior", "3,1,1")
    view = json.loads(call("adjust", *asked, "--json").stdout)
    told = call("adjust", *asked)
    assert told.exit_code == 0
    assert f"Run {run_id}, epoch 1: {view['formula']}" in told.stdout
    tau = next(one["value"] for one in view["numbers"] if one["name"] == "tau")
    assert f"tau {tau:#.3g} chosen on validation" in told.stdout
    ece = next(one for one in view["figures"] if one["name"] == "ece")
    line = next(line for line in told.stdout.splitlines() if line.startswith("ECE at the prior, %"))
    assert line.split()[-3:-1] == [f"{100 * ece['before']:.1f}", f"{100 * ece['after']:.1f}"]
    assert [line.split()[0] for line in told.stdout.splitlines() if line.startswith(("cat", "dog", "fox"))]


def test_what_is_refused_names_the_word(call: Call, run_id: str, seed_run: SeedRun) -> None:
    wrong = call("adjust", run_id, "--norm", "9")
    assert (wrong.exit_code, "norm: must be 0 to 4" in wrong.stderr) == (2, True)
    bare = call("adjust", str(seed_run()))
    assert (bare.exit_code, "keeps no predictions on test" in bare.stderr) == (2, True)


def test_a_row_of_compare(call: Call, run_id: str) -> None:
    told = call("compare", run_id, "--adjusted", f"{run_id}:tau=1")
    assert (told.exit_code, "CE + tau 1" in told.stdout) == (0, True)
    assert "one network is read in two ways" in json.dumps(
        json.loads(call("compare", run_id, "--adjusted", f"{run_id}:tau=1", "--json").stdout)
    )
    wrong = call("compare", run_id, "--adjusted", f"{run_id}:beta=1")
    assert (wrong.exit_code, "must be one of tau, norm, temperature, prior" in wrong.stderr) == (2, True)
