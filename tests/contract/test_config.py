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

FIRST = {
    "data.dataset": "shapes10", "data.imbalance": "step", "data.imbalance_ratio": "4",
    "data.validation_fraction": "0.2", "data.validation_rule": "stratified",
    "data.subset_seed": "3", "data.augment": "false",
    "data.max_train_per_class": "40", "sampling.name": "power", "sampling.power": "0.25",
    "sampling.from_epoch": "2", "policy.name": "autoaugment", "mixing.name": "remix",
    "mixing.alpha": "0.4", "mixing.kappa": "2", "mixing.tau": "0.6",
    "model.name": "convnet4", "model.width": "6", "model.activation": "leaky_relu",
    "model.batch_norm": "false", "model.initial_bias": "0.1",
    "model.dropout_conv": "0.2", "model.dropout_fc": "0.3", "loss.name": "focal",
    "loss.weighting": "class_balanced", "loss.beta": "0.99", "loss.gamma": "2", "loss.probability": "sigmoid",
    "loss.reduction": "weighted_mean", "loss.weights_from": "2", "optim.epochs": "2",
    "optim.batch_size": "32",
    "optim.learning_rate": "5e-2", "optim.momentum": "0.8", "optim.nesterov": "true",
    "optim.weight_decay": "1e-4", "optim.schedule": "step", "optim.milestones": "1", "optim.decay": "0.5",
    "optim.warmup_epochs": "1", "seed": "7", "device": "cpu", "precision": "fp32", "threads": "1",
}  # fmt: skip
ONLY_FIRST = ("sampling.power", "mixing.kappa", "mixing.tau")
SECOND = {path: text for path, text in FIRST.items() if path not in ONLY_FIRST} | {
    "sampling.name": "effective_number",
    "sampling.beta": "0.95",
    "policy.name": "randaugment",
    "policy.operations": "3",
    "policy.magnitude": "5",
    "mixing.name": "cutmix",
    "mixing.mixed_batches": "0.75",
}
ONLY_SECOND = ("policy.operations", "policy.magnitude")
THIRD = {path: text for path, text in SECOND.items() if path not in ONLY_SECOND} | {
    "policy.name": "cutout",
    "policy.size": "6",
}
"""Every field as a person types it, in one of these, none at its default where another value can run here."""

MEANT: dict[str, Any] = {
    "data.imbalance_ratio": 4.0, "data.validation_fraction": 0.2, "data.subset_seed": 3,
    "policy.operations": 3, "policy.magnitude": 5, "policy.size": 6, "data.augment": False,
    "data.max_train_per_class": 40, "sampling.power": 0.25, "sampling.beta": 0.95,
    "sampling.from_epoch": 2, "mixing.alpha": 0.4, "mixing.kappa": 2.0, "mixing.tau": 0.6,
    "mixing.mixed_batches": 0.75, "model.width": 6, "model.batch_norm": False, "model.initial_bias": 0.1,
    "model.dropout_conv": 0.2, "model.dropout_fc": 0.3, "loss.beta": 0.99, "loss.gamma": 2.0,
    "loss.weights_from": 2, "optim.epochs": 2, "optim.batch_size": 32, "optim.learning_rate": 0.05,
    "optim.momentum": 0.8, "optim.nesterov": True, "optim.weight_decay": 0.0001, "optim.milestones": [1],
    "optim.decay": 0.5, "optim.warmup_epochs": 1, "seed": 7, "threads": 1,
}  # fmt: skip
Typed = dict[str, str]
TYPED: tuple[Typed, ...] = (FIRST, SECOND, THIRD)


def plain(typed: Typed) -> dict[str, Any]:
    """What such a configuration means, as JSON; a field that is not typed has no effect in it."""
    meant = {path: MEANT.get(path, text) for path, text in typed.items()}
    return nest(dict.fromkeys(leaf_fields()) | meant)


def test_every_field_is_typed_here() -> None:
    assert set().union(*TYPED) == set(leaf_fields())
    assert all(as_json(parse_config(plain(typed))) == plain(typed) for typed in TYPED)


def from_form(url: str, typed: Typed) -> int:
    """The run that the form of the new-run page launches, each of its fields filled in."""
    page = httpx2.get(f"{url}/runs/new", timeout=60).text
    fields = set(re.findall(r'<(?:input|select|textarea)[^>]* name="([^"]+)"', page))
    assert set(typed) <= fields
    launched = httpx2.post(f"{url}/runs/new", data=typed, follow_redirects=False, timeout=60)
    assert launched.status_code == 303, launched.text
    return int(launched.headers["location"].rpartition("/")[2])


def from_rest(url: str, meant: dict[str, Any]) -> int:
    answer = httpx2.post(f"{url}/api/v1/runs", json={"config": meant}, timeout=60)
    assert answer.status_code == 201, answer.text
    return int(answer.json()["id"])


def from_shell(url: str, *arguments: str) -> int:
    result = CliRunner().invoke(main, ["launch", *arguments, "--url", url, "--json"])
    assert result.exit_code == 0, result.output
    return int(json.loads(result.stdout)["id"])


def from_toml(url: str, meant: dict[str, Any], path: Path) -> int:
    lines = [f"{name} = {json.dumps(value)}" for name, value in meant.items() if not isinstance(value, dict)]
    for section, fields in meant.items():
        if isinstance(fields, dict):
            told = {name: value for name, value in fields.items() if value is not None}  # TOML has no null
            lines += [f"[{section}]", *(f"{name} = {json.dumps(value)}" for name, value in told.items())]
    path.write_text("\n".join(lines))
    return from_shell(url, str(path))


@pytest.mark.slow
@pytest.mark.parametrize("typed", TYPED)
def test_every_way_in_and_every_place_hold_the_same(
    typed: Typed, board_url: str, board_dir: Path, tmp_path: Path
) -> None:
    settings = [option for path, text in typed.items() for option in ("--set", f"{path}={text}")]
    meant = plain(typed)
    with Client(board_url) as board:
        trained = from_form(board_url, typed)
        others = [from_rest(board_url, meant), from_shell(board_url, *settings), board.launch(meant).id]
        others.append(from_toml(board_url, meant, tmp_path / "run.toml"))
        for run_id in others:
            board.cancel(run_id)
            assert board.run(run_id).config == meant
        assert len({board.run(run_id).config_hash for run_id in (trained, *others)}) == 1
        done = board.wait(trained, timeout=300)
        assert (done.state, done.config) == ("completed", meant)
    _same_on_disk(board_dir, trained, meant)


def _same_on_disk(data_dir: Path, run_id: int, meant: dict[str, Any]) -> None:
    with sqlite3.connect(data_dir / "betaboard.db") as database:
        [[stored]] = database.execute("SELECT config FROM runs WHERE id = ?", [run_id]).fetchall()
        query = "SELECT payload FROM events WHERE run_id = ? AND kind = 'started'"
        [[started]] = database.execute(query, [run_id]).fetchall()
    folder = data_dir / "runs" / str(run_id)
    checkpoint = torch.load(folder / "checkpoints" / "last.pt", weights_only=True)
    places = (json.loads(stored), json.loads(started)["config"], checkpoint["config"])
    assert all(place == meant for place in places)
    assert json.loads((folder / "config.json").read_text()) == meant


def test_description_of_the_api_names_every_field() -> None:
    schema = RunConfig.model_json_schema()
    named: set[str] = set()
    for name, field in schema["properties"].items():
        section = schema["$defs"].get(field.get("$ref", "").rpartition("/")[2])
        named |= {f"{name}.{inner}" for inner in section["properties"]} if section else {name}
    assert named == set(leaf_fields())
