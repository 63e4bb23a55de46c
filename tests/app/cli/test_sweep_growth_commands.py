"""`betaboard sweep extend` and `rename`, and what `betaboard sweep` plans: against a real server."""

import json

import pytest

from app.client import Client
from tests.app.cli.conftest import Call

pytestmark = pytest.mark.slow

COMMAND = "sweep"

SHORT = ("--set", "optim.epochs=3", "--set", "optim.milestones=[]", "--set", "loss.weighting=class_balanced")


def test_extend_says_what_it_costs_and_then_does_it(call: Call, web_url: str) -> None:
    call(*SHORT, "--axis", "loss.beta=0.9", "--axis", "seed=0,1")
    more = (
        "extend",
        "1",
        "--axis",
        "seed=1..3",
        "--axis",
        "loss.beta=0.99",
        "--baseline",
        "loss.weighting=none",
    )
    told = call(*more, "--dry-run")
    assert (told.exit_code, told.stdout) == (0, "10 new runs, 30 epochs\n")
    assert json.loads(call(*more, "--dry-run", "--json").stdout)["cells_new"] == 10
    assert call(*more).stdout == f"Sweep 1 has 12 runs, 10 of them new: {web_url}/sweeps/1\n"
    again = call(*more)
    assert (again.exit_code, "has all of these 12 cells" in again.stderr) == (2, True)
    row = (
        "extend",
        "1",
        "--setting",
        "loss.beta=0.5,loss.weighting=class_balanced",
        "--axis",
        "seed=7",
        "--json",
    )
    view = json.loads(call(*row).stdout)
    assert (view["counts"]["total"], view["seeds"][-1]) == (13, "seed 7")
    with Client(web_url) as board:
        assert board.sweep(1).axes == {"loss.beta": [0.9, 0.99], "seed": [0, 1, 2, 3]}


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("1", "--axis", "loss.beta=0.9,1"), "axes.loss.beta[1]"),
        (("1", "--setting", "loss.nmae=1"), "settings[0].loss.nmae"),
        (("1", "--setting", "loss.name"), "--setting"),
        (("7", "--axis", "seed=1"), "Sweep 7 does not exist"),
        (("x",), "not a valid integer"),
        (("1",), "is empty"),
    ],
)
def test_extend_refuses_by_name(call: Call, arguments: tuple[str, ...], named: str) -> None:
    call(*SHORT)
    result = call("extend", *arguments)
    assert (result.exit_code, named in result.stderr) == (2, True)


def test_rename(call: Call, web_url: str) -> None:
    call(*SHORT, "--tag", "old")
    assert call("rename", "1", "new name").stdout == f"Sweep 1 is 'new name': {web_url}/sweeps/1\n"
    view = json.loads(call("rename", "1", "--tag", "a", "--tag", "b", "--notes", "why", "--json").stdout)
    assert (view["name"], view["tags"], view["notes"]) == ("new name", ["a", "b"], "why")
    assert call("rename", "1").exit_code == 2


def test_what_is_planned_goes_along(call: Call) -> None:
    options = (*SHORT, "--set", "data.validation_fraction=0.1", "--axis", "optim.learning_rate=0.1,0.02")
    plan = ("--margin", "1.5", "--two-looks", "5, 10", "--tune", "optim.learning_rate")
    view = json.loads(call(*options, *plan, "--baseline", "loss.weighting=none", "--json").stdout)
    assert (view["margin"], view["looks"]["seeds"], view["tuned"]) == (1.5, [5, 10], ["optim.learning_rate"])
    assert view["counts"]["total"] == 4
    assert json.loads(call(*options, *plan, "--dry-run", "--json").stdout)["runs"] == 2
    for wrong in ("5", "5,x", "5,10,15"):
        assert "two numbers of seeds" in call(*options, "--two-looks", wrong).stderr


def test_help_tells_of_both(call: Call) -> None:
    assert "betaboard sweep extend ID" in call("--help").stdout
    assert "sweep extend" in call("extend", "--help").stdout.splitlines()[0]
