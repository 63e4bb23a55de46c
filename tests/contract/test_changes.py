"""What changes the board, one after the other on a copy: launch, edit, move, grow, publish, delete."""

from collections.abc import Iterator
from typing import Any

import pytest
from httpx2 import Response

from tests.contract.asked import HTML, told
from tests.contract.recorded import Recorded
from tests.contract.stored import opened, unpack

Step = tuple[str, str, dict[str, Any]]

CB = {"name": "focal", "weighting": "class_balanced", "beta": 0.99}
SMALL = {"optim": {"epochs": 2, "milestones": []}, "loss": CB, "threads": 1}
SWEEP = {
    "name": "Rates", "base": SMALL,
    "axes": {"loss.beta": [0.99], "optim.learning_rate": [0.01, 0.02], "seed": [0]},
    "baselines": [{"loss.name": "cross_entropy", "loss.weighting": "none"}], "tags": ["new"],
    "notes": "Planned.",
    "margin": 2.0, "looks": {"seeds": [2, 4]}, "tuned": ["optim.learning_rate"],
}  # fmt: skip
VALIDATED = SWEEP | {"base": SMALL | {"data": {"validation_fraction": 0.1}}}
ROWS = "label,accuracy,unit,source\nMine,61.4,error_percent,Roe 2025\n"
LAUNCHED = {"Idempotency-Key": "launched once"}
JSON = {"Accept": "application/json"}
TYPED = {"loss.name": "focal", "loss.gamma": "0.5", "optim.epochs": "2", "optim.milestones": "",
         "name": "typed", "tags": "one, two"}  # fmt: skip
PICTURE = b'<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0"/></svg>'

TRANSFERS = {"sources": ["random"], "dataset": "shapes10", "images": 20, "seeds": 2}
BETWEEN_TASKS = {"sources": ["distance", "shape"], "targets": ["normals"], "sizes": [50], "seeds": 2}
TASK_FIGURES = ("matrix", "matrix/table.csv", "sizes", "sizes/table.csv")

IMPORT = {"name": "contract", "file_name": "contract.tar", "bytes": 5, "key": "same"}
BEGUN = "datasets/imports/9e57413f843a9d4ada32ab0acaa9f02b"
"""What IMPORT begins: its id hangs on its name, bytes and key."""

STEPS: tuple[Step, ...] = (
    ("POST", "/api/v1/runs/validate", {"json": {"config": SMALL}}),
    ("POST", "/api/v1/runs", {"json": {"config": SMALL, "tags": ["b", "a"]}, "headers": LAUNCHED}),
    ("POST", "/api/v1/runs", {"json": {"config": SMALL, "tags": ["b", "a"]}, "headers": LAUNCHED}),
    ("POST", "/api/v1/runs", {"json": {"config": {}}, "headers": LAUNCHED}),
    ("PATCH", "/api/v1/runs/13", {"json": {"name": "renamed", "priority": 7, "tags": ["c"]}}),
    ("POST", "/api/v1/runs/10/resume", {}),
    ("POST", "/api/v1/runs/8/retry", {}),
    ("POST", "/api/v1/runs/8/cancel", {}),
    ("POST", "/api/v1/runs/8/archive", {}),
    ("POST", "/api/v1/runs/8/restore", {}),
    ("DELETE", "/api/v1/runs/8", {}),
    ("GET", "/api/v1/runs/8", {}),
    ("POST", "/runs/new", {"data": TYPED | {"do": "preview"}, "headers": HTML}),
    ("POST", "/runs/new", {"data": TYPED | {"do": "launch"}, "headers": HTML}),
    ("POST", "/runs/new", {"data": TYPED | {"do": "launch", "seed": "0..2", "name": "typed sweep",
                                            "method": "by_hand, cross_entropy"}, "headers": HTML}),
    ("GET", "/api/v1/sweeps/2", {}),
    ("POST", "/runs/12/edit", {"data": {"name": "edited", "tags": "x, y", "notes": "seen"}, "headers": HTML}),
    ("POST", "/runs/12/act", {"data": {"action": "cancel"}, "headers": HTML}),
    ("POST", "/runs/12/delete", {"headers": HTML}),
    ("POST", "/runs/bulk", {"data": {"action": "tag", "runs": ["1", "2"], "tag": "bulk"}, "headers": HTML}),
    ("POST", "/runs/bulk", {"data": {"action": "cancel", "runs": ["1", "13"]}, "headers": HTML}),
    ("POST", "/runs/bulk", {"data": {"action": "compare", "sweeps": ["1"]}, "headers": HTML}),
    ("POST", "/runs/bulk", {"data": {"action": "archive", "runs": ["1", "99"]},
                            "headers": JSON}),
    ("POST", "/api/v1/sweeps/validate", {"json": VALIDATED}),
    ("POST", "/api/v1/sweeps", {"json": VALIDATED}),
    ("PATCH", "/api/v1/sweeps/3", {"json": {"name": "Rates, again", "margin": 1.5, "tags": ["planned"]}}),
    ("POST", "/api/v1/sweeps/1/extend?dry_run=true", {"json": {"axes": {"seed": [3]}}}),
    ("POST", "/api/v1/sweeps/1/extend", {"json": {"axes": {"loss.beta": [0.997]}}}),
    ("POST", "/api/v1/sweeps/1/extend", {"json": {"axes": {"seed": [0]}, "settings": [{"loss.beta": 0.5}]}}),
    ("POST", "/api/v1/sweeps/1/cancel", {}),
    ("POST", "/api/v1/sweeps/1/retry", {}),
    ("POST", "/sweeps/1/extend", {"data": {"do": "preview", "more": "2"}, "headers": HTML}),
    ("POST", "/sweeps/1/extend", {"data": {"body": '{"axes": {"seed": [5]}}', "back": "/compare?sweep=1"}}),
    ("POST", "/sweeps/3/edit", {"data": {"name": "By hand", "tags": "", "notes": ""}, "headers": HTML}),
    ("POST", "/sweeps/3/act", {"data": {"action": "cancel"}, "headers": HTML}),
    ("POST", "/compare/extend?runs=1,2", {"data": {"body": '{"axes": {"seed": [9]}}'}, "headers": HTML}),
    ("POST", "/theory/dead-relu", {"data": {"key": "once"}, "headers": HTML}),
    ("POST", "/api/v1/published", {"content": ROWS, "headers": {"Content-Type": "text/csv"}}),
    ("POST", "/published", {"data": {"text": ROWS.replace("Mine", "Ours")}, "headers": HTML}),
    ("POST", "/published/own-4/delete", {"headers": HTML}),
    ("DELETE", "/api/v1/published/own-3", {}),
    ("POST", "/api/v1/compare/bundle?sweep=1", {"files": {"compare-curves": PICTURE}}),
    ("POST", "/api/v1/theory/focal", {"json": {"p": [0.1, 0.5], "gammas": [0, 2]}}),
    ("POST", "/api/v1/theory/class-balance", {"json": {"counts": [50, 5], "betas": [0.9, 1]}}),
    ("POST", "/api/v1/theory/layers", {"json": {"input": [3, 8, 8], "layers": [{"kind": "flatten"}]}}),
    ("POST", "/api/v1/theory/conv-matrix", {"json": {
        "input": {"channels": 1, "height": 2, "width": 2}, "kernel": {"height": 2, "width": 1}, "stride": 1,
        "padding": 0}}),
    ("POST", "/api/v1/theory/relu-network", {"json": {
        "weights": [[["1/2"], [-1]], [[1, 2]]], "biases": [[0, 1], [0]], "points": [[1]]}}),
    ("POST", "/api/v1/recipes", {"json": {"name": "mine", "config": SMALL}}),
    ("POST", "/api/v1/recipes", {"json": {"name": "mine", "config": SMALL}}),
    ("POST", "/api/v1/recipes", {"json": {"name": "paper", "config": SMALL}}),
    ("GET", "/api/v1/recipes", {}),
    ("GET", "/api/v1/recipes/mine", {}),
    ("POST", "/api/v1/runs/validate", {"json": {"preset": "mine", "config": {"seed": 3}}}),
    ("POST", "/runs/new", {"data": TYPED | {"do": "save", "recipe": "typed"}, "headers": HTML}),
    ("POST", "/runs/new/forget", {"data": {"recipe": "typed"}, "headers": HTML}),
    ("DELETE", "/api/v1/recipes/mine", {}),
    ("GET", "/runs?open=1&open=3", {"headers": HTML}),
    ("GET", "/sweeps", {"headers": HTML}),
    ("POST", "/api/v1/transfers", {"json": TRANSFERS}),
    ("POST", "/api/v1/transfers", {"json": TRANSFERS | {"seeds": [0, 1]}}),
    ("GET", "/api/v1/transfers", {}),
    ("POST", "/api/v1/transfers/59/cancel", {}),
    ("GET", "/api/v1/transfers/59", {}),
    ("POST", "/transfer/59/act", {"data": {"action": "retry"}, "headers": HTML}),
    ("GET", "/transfer/59", {"headers": HTML}),
    ("POST", "/transfer/new", {"data": {"source": "random", "dataset": "shapes10", "images": "20",
                                        "seeds": "7", "mode": "linear"}, "headers": HTML}),
    ("POST", "/api/v1/task-transfers", {"json": BETWEEN_TASKS}),
    ("POST", "/api/v1/task-transfers", {"json": BETWEEN_TASKS | {"seeds": [0, 1]}}),
    ("POST", "/api/v1/task-transfers", {"json": {"sources": ["fox"], "order": 4}}),
    ("GET", "/api/v1/task-transfers", {}),
    ("GET", "/api/v1/task-transfers/61/policy?budget=2&importance=normals:2", {}),
    ("GET", "/api/v1/task-transfers/61/transfers.csv", {}),
    ("GET", "/api/v1/task-transfers/61/report.md", {}),
    *(("GET", f"/api/v1/task-transfers/61/figures/{name}", {}) for name in TASK_FIGURES),
    ("GET", "/api/v1/task-transfers/61/pictures/normals.png", {}),
    ("POST", "/api/v1/task-transfers/61/cancel", {}),
    ("GET", "/api/v1/task-transfers/61", {}),
    ("POST", "/transfer/tasks/61/act", {"data": {"action": "retry"}, "headers": HTML}),
    ("GET", "/transfer/tasks/61", {"headers": HTML}),
    ("POST", "/transfer/tasks/new", {"data": {"source": "hue", "target": "ramp", "sizes": "50"},
                                     "headers": HTML}),
    ("POST", "/api/v1/tokens", {"json": {"name": "lab", "scope": "read", "days": 30}}),
    ("POST", "/api/v1/tokens", {"json": {"name": "lab", "scope": "write"}}),
    ("POST", "/tokens", {"data": {"name": "by form", "scope": "write", "days": ""}, "headers": HTML}),
    ("GET", "/api/v1/tokens", {}),
    ("POST", "/tokens/2/withdraw", {"headers": HTML}),
    ("DELETE", "/api/v1/tokens/1", {}),
    ("POST", "/api/v1/runs/2/predict", {"content": b""}),
    ("POST", "/api/v1/runs/13/predict", {"content": b"no epoch of it is finished"}),
    ("POST", "/runs/13/predict", {"files": {"picture": ("a.png", b"no picture")}, "headers": HTML}),
    ("GET", "/api/v1/imported/1", {}),
    ("GET", "/api/v1/imported/1/figures/loss", {}),
    ("GET", "/api/v1/imported/1/figures/loss/table.csv", {}),
    ("GET", "/imported/1", {"headers": HTML}),
    ("DELETE", "/api/v1/imported/1", {}),
    ("POST", "/imported/1/delete", {"headers": HTML}),
    ("POST", "/api/v1/webhooks/none/test", {}),
    ("POST", "/webhooks/none/test", {"headers": HTML}),
    ("POST", "/logout", {"data": {"everywhere": "true"}, "headers": HTML}),
    ("POST", "/api/v1/runs/2/continue", {"json": {"epochs": 2}, "headers": {"Idempotency-Key": "longer"}}),
    ("POST", "/api/v1/runs/2/continue", {"json": {"epochs": 2}, "headers": {"Idempotency-Key": "longer"}}),
    ("POST", "/api/v1/runs/12/continue", {"json": {"epochs": 2}}),
    ("POST", "/runs/1/continue", {"data": {"epochs": "1"}, "headers": HTML}),
    ("POST", "/api/v1/queue/61/top", {}),
    ("PATCH", "/api/v1/queue/61", {"json": {"priority": 2, "requirements": {"labels": ["big"]}}}),
    ("POST", "/queue/59/move", {"data": {"to": "down"}, "headers": HTML}),
    ("POST", "/queue/59/priority", {"data": {"priority": "1"}, "headers": HTML}),
    ("POST", "/api/v1/runs", {"json": {"config": {"seed": 77}, "requirements": {"device": "cuda"}}}),
    ("GET", "/api/v1/queue?limit=3", {}),
    ("POST", "/api/v1/datasets", {"json": IMPORT}),
    ("POST", "/api/v1/datasets", {"json": IMPORT}),
    ("PUT", f"/api/v1/{BEGUN}/content?offset=0", {"content": b"abc"}),
    ("PUT", f"/api/v1/{BEGUN}/content?offset=0", {"content": b"abc"}),
    ("GET", f"/api/v1/{BEGUN}", {}),
    ("GET", f"/api/v1/{BEGUN}/samples.png", {}),
    ("GET", f"/{BEGUN}", {"headers": HTML}),
    ("POST", f"/api/v1/{BEGUN}/look", {"json": {"depth": 1}}),
    ("POST", f"/{BEGUN}/look", {"data": {"depth": "1"}, "headers": HTML}),
    ("POST", f"/api/v1/{BEGUN}/take", {"json": {}}),
    ("POST", f"/{BEGUN}/take", {"data": {"name": "other", "size": "8"}, "headers": HTML}),
    ("DELETE", f"/api/v1/{BEGUN}", {}),
    ("POST", f"/{BEGUN}/cancel", {"headers": HTML}),
    ("POST", "/datasets", {"data": {"name": "plain"}, "files": {"file": b"no archive"}, "headers": HTML}),
    ("PATCH", "/api/v1/datasets/cifar10", {"json": {"name": "mine"}}),
    ("POST", "/datasets/cifar10/rename", {"data": {"new": "No name"}, "headers": HTML}),
    ("DELETE", "/api/v1/datasets/cifar10?runs=keep", {}),
    ("POST", "/datasets/cifar10/delete", {"data": {"runs": "keep"}, "headers": HTML}),
    ("POST", "/api/v1/datasets/cifar10/duplicates", {}),
    ("POST", "/datasets/cifar10/duplicates", {"headers": HTML}),
    ("POST", "/api/v1/datasets/shapes10-v1/fetch", {}),
    ("DELETE", "/api/v1/datasets/shapes10-v1/fetch", {}),
    ("POST", "/datasets/shapes10-v1/fetch", {"headers": HTML}),
    ("POST", "/datasets/shapes10-v1/fetch/cancel", {"headers": HTML}),
    ("POST", "/runs/bulk/undo", {"data": {"was": '{"action": "archive", "runs": [1]}'}, "headers": JSON}),
    ("POST", "/runs/bulk", {"data": {"action": "note", "runs": ["1"], "note": "*seen*"}, "headers": JSON}),
    ("POST", "/runs/bulk", {"data": {"action": "move", "runs": ["9"], "to": "1"}, "headers": JSON}),
    ("POST", "/runs/bulk", {"data": {"action": "untag", "runs": ["1"], "tag": "bulk"}, "headers": HTML}),
    ("POST", "/runs/bulk/room", {"data": {"runs": ["1"]}}),
    ("POST", "/runs/views", {"data": {"name": "tails", "query": "sort=-test_tail&show=1"}, "headers": HTML}),
    ("POST", "/runs/views/change", {"data": {"do": "rename", "name": "tails", "to": "x"}, "headers": HTML}),
    ("POST", "/api/v1/views", {"json": {"name": "failed", "query": "state=failed"}}),
    ("PATCH", "/api/v1/views/failed", {"json": {"query": "state=failed&group=setting"}}),
    ("GET", "/api/v1/views", {}),
    ("DELETE", "/api/v1/views/failed", {}),
    ("POST", "/runs/11/rename", {"data": {"name": "renamed in its place"}, "headers": HTML}),
    ("POST", "/sweeps/3/rename", {"data": {"name": "In its place"}, "headers": HTML}),
)  # fmt: skip
ADDRESSES = [f"{step:02} {method} {address}" for step, (method, address, _) in enumerate(STEPS)]


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Response]]:
    """Every step's answer, each given after those before it."""
    folder = tmp_path_factory.mktemp("changed") / "data"
    with opened(unpack(folder)) as caller:
        yield [caller.request(method, address, **sent) for method, address, sent in STEPS]


@pytest.mark.parametrize("step", range(len(STEPS)), ids=ADDRESSES.__getitem__)
def test_answers_as_recorded(answers: list[Response], recorded: Recorded, step: int) -> None:
    recorded.check(ADDRESSES[step], told(answers[step], times=True))


def test_nothing_else_is_recorded(recorded: Recorded) -> None:
    recorded.only(ADDRESSES)
