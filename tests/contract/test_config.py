"""One RunConfig everywhere: form, REST, shell, client, database, run folder, event and checkpoint agree."""

import json
import re
import sqlite3
from pathlib import Path
from typing import Any

import httpx2
import pytest
import torch
from click.testing import CliRunner

from app.cli import main
from app.client import Client
from trainer.config import RunConfig, as_json, parse_config
from trainer.config_fields import leaf_fields, nest

TYPED = {
    "data.dataset": "shapes10", "data.imbalance": "step", "data.imbalance_ratio": "4",
    "data.validation_fraction": "0.2", "data.validation_rule": "stratified",
    "data.subset_seed": "3", "data.augment": "false",
    "data.max_train_per_class": "40", "sampling.name": "instance",
    "model.name": "convnet4", "model.width": "6",
    "model.activation": "leaky_relu", "model.batch_norm": "false", "model.initial_bias": "0.1",
    "model.dropout_conv": "0.2", "model.dropout_fc": "0.3", "loss.name": "focal",
    "loss.weighting": "class_balanced", "loss.beta": "0.99", "loss.gamma": "2", "loss.probability": "sigmoid",
    "loss.label_smoothing": "", "loss.tau": "", "loss.vs_gamma": "", "loss.max_margin": "", "loss.scale": "",
    "loss.smoothing_head": "", "loss.smoothing_tail": "", "loss.smoothing_shape": "", "loss.power": "",
    "loss.class_weights": "",
    "loss.reduction": "weighted_mean", "optim.epochs": "2", "optim.batch_size": "32",
    "optim.learning_rate": "5e-2", "optim.momentum": "0.8", "optim.weight_decay": "1e-4",
    "optim.schedule": "step", "optim.milestones": "1", "optim.decay": "0.5", "optim.warmup_epochs": "1",
    "seed": "7", "device": "cpu", "precision": "fp32", "threads": "1",
}  # fmt: skip
"""Every field as a person types it, not at its default where another value can run; blank without effect."""

MEANT: dict[str, Any] = {
    "data.imbalance_ratio": 4.0, "data.validation_fraction": 0.2, "data.subset_seed": 3,
    "data.augment": False, "data.max_train_per_class": 40, "model.width": 6,
    "model.batch_norm": False, "model.initial_bias": 0.1, "model.dropout_conv": 0.2,
    "model.dropout_fc": 0.3, "loss.beta": 0.99, "loss.gamma": 2.0, "optim.epochs": 2,
    "optim.batch_size": 32, "optim.learning_rate": 0.05, "optim.momentum": 0.8, "optim.weight_decay": 0.0001,
    "optim.milestones": [1], "optim.decay": 0.5, "optim.warmup_epochs": 1, "seed": 7, "threads": 1,
}  # fmt: skip
PLAIN = nest({path: value if value != "" else None for path, value in (TYPED | MEANT).items()})


def test_every_field_is_typed_here() -> None:
    assert set(TYPED) == set(leaf_fields())
    assert as_json(parse_config(PLAIN)) == PLAIN


def from_form(url: str) -> int:
    """The run that the form of the new-run page launches, each of its fields filled in."""
    page = httpx2.get(f"{url}/runs/new", timeout=60).text
    fields = set(re.findall(r'<(?:input|select|textarea)[^>]* name="([^"]+)"', page))
    assert set(TYPED) <= fields
    launched = httpx2.post(f"{url}/runs/new", data=TYPED, follow_redirects=False, timeout=60)
    assert launched.status_code == 303, launched.text
    return int(launched.headers["location"].rpartition("/")[2])


def from_rest(url: str) -> int:
    answer = httpx2.post(f"{url}/api/v1/runs", json={"config": PLAIN}, timeout=60)
    assert answer.status_code == 201, answer.text
    return int(answer.json()["id"])


def from_shell(url: str, *arguments: str) -> int:
    result = CliRunner().invoke(main, ["launch", *arguments, "--url", url, "--json"])
    assert result.exit_code == 0, result.output
    return int(json.loads(result.stdout)["id"])


def _lines(fields: dict[str, Any]) -> list[str]:
    """In TOML, which has no null."""
    return [f"{name} = {json.dumps(value)}" for name, value in fields.items() if value is not None]


def from_toml(url: str, path: Path) -> int:
    lines = _lines({name: value for name, value in PLAIN.items() if not isinstance(value, dict)})
    for section, fields in PLAIN.items():
        if isinstance(fields, dict):
            lines += [f"[{section}]", *_lines(fields)]
    path.write_text("\n".join(lines))
    return from_shell(url, str(path))


@pytest.mark.slow
def test_every_way_in_and_every_place_hold_the_same(board_url: str, board_dir: Path, tmp_path: Path) -> None:
    settings = [option for path, text in TYPED.items() for option in ("--set", f"{path}={text}")]
    with Client(board_url) as board:
        trained = from_form(board_url)
        others = [from_rest(board_url), from_shell(board_url, *settings), board.launch(PLAIN).id]
        others.append(from_toml(board_url, tmp_path / "run.toml"))
        for run_id in others:
            board.cancel(run_id)
            assert board.run(run_id).config == PLAIN
        assert len({board.run(run_id).config_hash for run_id in (trained, *others)}) == 1
        done = board.wait(trained, timeout=300)
        assert (done.state, done.config) == ("completed", PLAIN)
    _same_on_disk(board_dir, trained)


def _same_on_disk(data_dir: Path, run_id: int) -> None:
    with sqlite3.connect(data_dir / "betaboard.db") as database:
        [[stored]] = database.execute("SELECT config FROM runs WHERE id = ?", [run_id]).fetchall()
        query = "SELECT payload FROM events WHERE run_id = ? AND kind = 'started'"
        [[started]] = database.execute(query, [run_id]).fetchall()
    folder = data_dir / "runs" / str(run_id)
    checkpoint = torch.load(folder / "checkpoints" / "last.pt", weights_only=True)
    places = (json.loads(stored), json.loads(started)["config"], checkpoint["config"])
    assert all(place == PLAIN for place in places)
    assert json.loads((folder / "config.json").read_text()) == PLAIN


def test_description_of_the_api_names_every_field() -> None:
    schema = RunConfig.model_json_schema()
    named: set[str] = set()
    for name, field in schema["properties"].items():
        section = schema["$defs"].get(field.get("$ref", "").rpartition("/")[2])
        named |= {f"{name}.{inner}" for inner in section["properties"]} if section else {name}
    assert named == set(TYPED)
