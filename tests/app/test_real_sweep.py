"""A sweep on a real board, from a shell: trained once, shared data, used again when it is asked for again."""

import json
from typing import Any

import pytest
from click.testing import CliRunner

from app.cli import main
from app.client import Client

SWEEP = (
    "--set", "data.max_train_per_class=20", "--set", "data.imbalance_ratio=5", "--set", "optim.epochs=1",
    "--set", "optim.milestones=[]", "--set", "loss.name=focal", "--set", "loss.weighting=class_balanced",
    "--set", "data.subset_seed=77", "--axis", "loss.beta=0.9, N=100", "--axis", "seed=0..1",
    "--baseline", "loss.name=cross_entropy,loss.weighting=none",
)  # fmt: skip


def swept(url: str) -> Any:
    options = ("--wait", "--timeout", "300", "--json", "--url", url)
    result = CliRunner().invoke(main, ["sweep", *SWEEP, *options])
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


@pytest.mark.slow
def test_a_sweep_is_trained_once_and_then_used_again(board_url: str) -> None:
    first = swept(board_url)
    cells = [cell for row in first["rows"] for cell in row["cells"]]
    assert [row["label"] for row in first["rows"]] == ["CE", "CB-Focal 0.9", "CB-Focal 0.99"]
    assert (first["counts"]["completed"], first["fraction"], first["moves"]) == (6, 1.0, [])
    assert all(0 < cell["accuracy"] < 1 for cell in cells)
    with Client(board_url) as board:
        runs = [board.run(cell["run_id"]) for cell in cells]
        assert len({run.fingerprint for run in runs}) == 1
        begun = sorted(runs, key=lambda run: run.started_at or "")
        assert [run.config["seed"] for run in begun] == [0, 0, 0, 1, 1, 1]
        again = swept(board_url)
        assert again["id"] == first["id"] + 1
        assert all(cell["reused"] for row in again["rows"] for cell in row["cells"])
        both = [[cell["run_id"] for row in one["rows"] for cell in row["cells"]] for one in (first, again)]
        assert both[0] == both[1]
        compared = board.comparison(sweep=again["id"])
        assert [(row.label, row.n) for row in compared.rows] == [
            ("CE", 2), ("CB-Focal 0.9", 2), ("CB-Focal 0.99", 2)
        ]  # fmt: skip
