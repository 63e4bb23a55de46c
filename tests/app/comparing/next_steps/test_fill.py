"""Next steps of rows: which runs they would add, that both doors take them, and what those runs then tell."""

import json
import math
from collections.abc import Mapping
from typing import Any

import pytest
from starlette.testclient import TestClient

from app.comparing.next_steps.actions import Action
from app.comparing.next_steps.fill import NextSteps, steps_of
from app.comparing.view import Comparison
from tests.app.comparing.boards import CE, FOCAL, Board, focal
from tests.conftest import TRAIN_COUNTS
from trainer.config import parse_config
from trainer.config_fields import flatten
from trainer.weighting import mean_weight

pytestmark = pytest.mark.slow

SWEEPS = "/api/v1/sweeps"
WEIGHTED = focal(0.99)
E = mean_weight(TRAIN_COUNTS, parse_config({"loss": WEIGHTED}).loss)
OPTIM: dict[str, Any] = {"epochs": 1, "milestones": []}
RATE, DECAY = parse_config({}).optim.learning_rate, parse_config({}).optim.weight_decay


@pytest.fixture
def sweep(board: Board, client: TestClient) -> int:
    """CE and two betas over two seeds, every cell a completed run."""
    for seed in range(2):
        for loss, hits in ((CE, 100), (focal(0.9), 110), (WEIGHTED, 120)):
            board.add(loss, seed, (hits, hits, hits))
    body = {
        "base": {"loss": WEIGHTED, "optim": OPTIM},
        "axes": {"loss.beta": [0.9, 0.99], "seed": [0, 1]},
        "baselines": [{"loss.name": "cross_entropy", "loss.weighting": "none"}],
    }
    made = client.post(SWEEPS, json=body).json()
    assert made["counts"]["completed"] == 6
    return int(made["id"])


def steps(board: Board, sweep: int | None = None, **asked: Any) -> NextSteps:
    with board.db.read() as session:
        view = board.comparing(session, **asked).compared
        return steps_of(session, sweep, board.ids, view.rows)


def posted(client: TestClient, action: Action | None, grown: int) -> dict[str, Any]:
    """The sweep after the action's body went in by the API; it has so many cells then."""
    assert action is not None
    assert action.method == "POST"
    answer = client.post(f"/api/v1{action.path}", json=action.body)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    assert found["counts"]["total"] == grown
    return found


def losses(action: Action | None) -> list[tuple[str, Any, Any, float, float]]:
    """Of the settings that an action names: loss, beta, reduction, rate, decay."""
    assert action is not None
    wanted = ("loss.name", "loss.beta", "loss.reduction", "optim.learning_rate", "optim.weight_decay")
    flat = [flatten(one) for one in action.body["settings"]]
    return [(one[wanted[0]], one[wanted[1]], one[wanted[2]], one[wanted[3]], one[wanted[4]]) for one in flat]


def test_more_seeds_join_the_sweep(board: Board, client: TestClient, sweep: int) -> None:
    action = steps(board, sweep).more_seeds(["CE", "CB-Focal 0.99"], 3)
    found = posted(client, action, 12)
    assert [len([cell for cell in row["cells"] if cell]) for row in found["rows"]] == [5, 2, 5]


def test_more_seeds_are_those_that_other_rows_have(board: Board, client: TestClient, sweep: int) -> None:
    posted(client, steps(board, sweep).more_seeds(["CE"], 2), 8)
    one, both, more = (
        steps(board, sweep).more_seeds(labels, how_many)
        for labels, how_many in (
            (["CB-Focal 0.9"], 2),
            (["CE", "CB-Focal 0.9"], 2),
            (["CE", "CB-Focal 0.9"], 3),
        )
    )
    assert one is not None
    assert both is not None
    assert more is not None
    assert one.body["axes"] == both.body["axes"] == {"seed": [2, 3]}
    assert (both.queued_text, both.cost_text.partition(",")[0]) == (
        "2 of 4 more runs are queued",
        "2 runs × 1 epoch",
    )
    assert more.body["axes"] == {"seed": [2, 3, 4]}
    assert (len(more.body["settings"]), more.cost_text.partition(",")[0]) == (2, "4 runs × 1 epoch")


def test_no_more_than_twenty_seeds_at_once_and_none_of_unknown_rows(board: Board, sweep: int) -> None:
    action = steps(board, sweep).more_seeds(["CE"], 900)
    assert action is not None
    assert action.body["axes"]["seed"] == list(range(2, 22))
    assert action.cost_text.startswith("20 runs × 1 epoch")
    assert steps(board, sweep).more_seeds(["CIFAR"], 3) is None


def test_a_beta_between_joins_the_sweep(board: Board, client: TestClient, sweep: int) -> None:
    action = steps(board, sweep).beta_between("CB-Focal 0.99", "CB-Focal 0.9")
    assert losses(action) == [("focal", 0.97, "batch_mean", RATE, DECAY)]
    posted(client, action, 8)


def test_no_beta_lies_between_neighbours(board: Board) -> None:
    for beta in (0.5, math.nextafter(0.5, 1)):
        board.add(focal(beta))
    found = steps(board)
    assert found.beta_between(*found.rows) is None


def test_the_control_joins_the_sweep(board: Board, client: TestClient, sweep: int) -> None:
    action = steps(board, sweep).control("CB-Focal 0.99", "CE")
    assert action is not None
    assert losses(action) == [
        ("cross_entropy", None, None, pytest.approx(RATE * E), pytest.approx(DECAY / E)),
        ("focal", 0.99, "mean_one", RATE, DECAY),
    ]
    assert action.body["axes"] == {"seed": [0, 1]}
    posted(client, action, 10)


def train(board: Board, action: Action | None) -> Comparison:
    """What the comparison is when the runs of an action are done."""
    assert action is not None
    for setting in action.body["settings"]:
        for seed in action.body["axes"]["seed"]:
            run = {**setting, "data": {**setting["data"], "subset_seed": 0}, "seed": seed}
            board.ids.append(board.seed_run(config=run, epochs=1))
    return board.acting()


BASELINES: dict[str, tuple[Mapping[str, Any], dict[str, Any], int]] = {
    "cross-entropy": (CE, {}, 2),
    "the same loss": (FOCAL, {}, 2),
    "cross-entropy at another rate": (CE, {"learning_rate": 0.05}, 3),
    "weighted cross-entropy": ({"name": "cross_entropy", "weighting": "class_balanced", "beta": 0.9}, {}, 3),
}


@pytest.mark.parametrize("name", BASELINES)
def test_when_the_control_is_trained_the_square_is_there(board: Board, name: str) -> None:
    """The baseline's loss without weights; else the row's own, whatever the baseline trains at."""
    loss, optim, missing = BASELINES[name]
    for seed in range(2):
        board.add(loss, seed, optim=optim)
        board.add(WEIGHTED, seed)
    found = steps(board)
    base, row = found.rows
    action = found.control(row, base)
    assert len(losses(action)) == missing
    view = train(board, action)
    assert view.two_by_two
    square = view.two_by_two[0]
    plain = next(one for one in view.rows if one.label == square.unweighted_full)
    assert plain.config["loss"]["name"] == ("cross_entropy" if name.startswith("cross") else "focal")
    assert plain.config["optim"]["learning_rate"] == RATE
    after = steps(board)
    assert after.control(square.weighted_scaled, square.unweighted_full) is None
    rate = next((one for one in view.verdicts if one.question == "rate"), None)
    assert rate is not None
    assert f"E[w] = {E:.2f}" in rate.text


@pytest.mark.parametrize(
    ("loss", "optim"),
    [
        (CE, {}),
        (FOCAL, {}),
        (focal(0.99, "mean_one"), {}),
        (focal(0.0), {}),
        (WEIGHTED, {"weight_decay": 1.0}),
    ],
    ids=["no weights", "focal", "mean one", "weights of one", "a decay beyond its bounds"],
)
def test_no_control_where_weights_do_not_scale_the_gradient(
    board: Board, loss: dict[str, Any], optim: dict[str, Any]
) -> None:
    board.add(loss, optim=optim)
    found = steps(board)
    (label,) = found.rows
    assert found.control(label, None) is None


def test_no_control_of_a_row_that_has_not_started(board: Board) -> None:
    board.add(WEIGHTED, state="queued")
    assert steps(board).control("CB-Focal 0.99", None) is None


def test_a_tuned_row_gets_its_seeds_at_each_rate(board: Board, client: TestClient) -> None:
    rates = (0.02, 0.05, 0.1)
    for loss in (CE, FOCAL):
        for rate in rates:
            for seed in range(2):
                board.add(loss, seed, validation=rate, optim={"learning_rate": rate})
    found = steps(board, tuned="optim.learning_rate")
    action = found.more_seeds(["Focal, tuned"], 2)
    assert action is not None
    assert [one[3] for one in losses(action)] == list(rates)
    assert {one[0] for one in losses(action)} == {"focal"}
    assert action.body["axes"] == {"seed": [2, 3]}
    assert action.cost_text.startswith("6 runs × 1 epoch")
    view = train(board, action)
    assert [one.n for one in view.rows] == [2, 2, 2, 4, 4, 4]


def total(client: TestClient) -> int:
    return int(client.get("/api/v1/runs").json()["total"])


def launched(client: TestClient, action: Action | None) -> int:
    """Runs queued by the page's own door, for runs of no sweep."""
    assert action is not None
    before = total(client)
    answer = client.post(action.path, data={"body": json.dumps(action.body)}, follow_redirects=False)
    assert answer.status_code == 303, answer.text
    assert "/compare?runs=" in answer.headers["location"]
    return total(client) - before


def test_runs_of_no_sweep_grow_by_a_sweep_of_their_own(board: Board, client: TestClient) -> None:
    for seed in range(2):
        for loss in (CE, focal(0.9), WEIGHTED):
            board.add(loss, seed)
    found = steps(board)
    assert launched(client, found.more_seeds(["CE", "CB-Focal 0.9"], 3)) == 6
    assert launched(client, found.beta_between("CB-Focal 0.9", "CB-Focal 0.99")) == 2
    assert launched(client, found.control("CB-Focal 0.99", "CE")) == 4


def test_every_action_on_the_page_is_taken(board: Board, client: TestClient, sweep: int) -> None:
    """Of verdicts and observations, each for itself."""
    view = board.acting(sweep)
    offered = [*(one.action for one in view.verdicts), *(one.action for one in view.observations)]
    actions = [action for action in offered if action]
    assert {action.label for action in actions} >= {"Add the control", "Add beta 0.97"}
    for action in actions:
        answer = client.post(f"/api/v1{action.path}?dry_run=true", json=action.body)
        assert answer.status_code == 200, answer.text
        runs = answer.json()["cells_new"]
        assert action.cost_text.startswith(f"{runs} runs × 1 epoch"), "the cost that is said is the cost"
    first = posted(client, actions[0], 6 + int(actions[0].cost_text.split()[0]))
    assert first["id"] == sweep
    again = client.post(f"/api/v1{actions[0].path}", json=actions[0].body)
    assert again.status_code == 409, "a second click does no harm"
