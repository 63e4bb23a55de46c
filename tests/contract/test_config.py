"""One RunConfig everywhere: form, REST, shell, client, database, run folder, event and checkpoint agree."""

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest
import torch

from app.client import Client
from tests.contract.ways_in import from_form, from_rest, from_shell
from trainer.config import RunConfig, as_json, parse_config
from trainer.config_fields import leaf_fields, nest

FIRST = {
    "data.dataset": "shapes10", "data.imbalance": "step", "data.imbalance_ratio": "4",
    "data.validation_fraction": "0.2", "data.validation_rule": "stratified",
    "data.subset_seed": "3", "data.augment": "false",
    "data.max_train_per_class": "40", "sampling.name": "power", "sampling.power": "0.25",
    "sampling.from_epoch": "2", "policy.name": "autoaugment", "mixing.name": "remix",
    "mixing.alpha": "0.4", "mixing.kappa": "2", "mixing.tau": "0.6", "model.name": "convnet4",
    "model.width": "6", "model.blocks": "1, 3, 2", "model.kernel": "5", "model.pool": "3",
    "model.activation": "leaky_relu", "model.batch_norm": "false", "model.initial_bias": "0.1",
    "model.dropout_conv": "0.2", "model.dropout_fc": "0.3", "loss.name": "focal",
    "loss.weighting": "class_balanced", "loss.beta": "0.99", "loss.gamma": "2", "loss.probability": "sigmoid",
    "loss.reduction": "weighted_mean", "loss.weights_from": "2", "optim.epochs": "2",
    "optim.batch_size": "32",
    "optim.learning_rate": "5e-2", "optim.momentum": "0.8", "optim.nesterov": "true",
    "optim.weight_decay": "1e-4", "optim.schedule": "step", "optim.milestones": "1", "optim.decay": "0.5",
    "optim.warmup_epochs": "1", "second_stage.name": "crt", "second_stage.epochs": "2",
    "second_stage.learning_rate": "0.05", "second_stage.sampler": "square_root", "seed": "7",
    "device": "cpu", "precision": "fp32", "threads": "1",
}  # fmt: skip


def _instead(of: str, **typed: str) -> dict[str, str]:
    """The first with other fields of these sections, which are named loss__name for loss.name."""
    kept = {path: text for path, text in FIRST.items() if path not in of.split()}
    return kept | {name.replace("__", "."): text for name, text in typed.items()}


_FOCAL, _BALANCED, _REMIX = "loss.gamma loss.probability", "loss.beta", "mixing.kappa mixing.tau"
_CONVNET4 = " ".join(path for path in FIRST if path.startswith("model."))
_TRAINED = "second_stage.epochs second_stage.learning_rate second_stage.sampler"
SECOND = _instead(f"{_FOCAL} {_BALANCED} {_CONVNET4} {_REMIX} {_TRAINED} sampling.power",
                  second_stage__name="tau_norm", second_stage__tau="0.5",
                  model__name="resnet_cifar", model__depth="8", sampling__name="effective_number",
                  sampling__beta="0.95", policy__name="randaugment", policy__operations="3",
                  policy__magnitude="5", mixing__name="cutmix", mixing__mixed_batches="0.75",
                  loss__name="vs", loss__vs_gamma="0.2", loss__tau="1.5",
                  loss__label_smoothing="0.1", loss__weighting="by_hand",
                  loss__class_weights="1, 2, 1, 2, 1, 2, 1, 2, 1, 2.5")  # fmt: skip
THIRD = _instead(f"{_FOCAL} {_BALANCED} {_CONVNET4} {_REMIX}", second_stage__name="lws",
                 policy__name="cutout", policy__size="6",
                 mixing__name="mixup", model__name="mlp", model__hidden="9",
                 loss__name="ldam", loss__max_margin="0.4", loss__scale="20",
                 loss__weighting="power", loss__power="0.3")  # fmt: skip
_FROM_2 = "loss.beta loss.reduction loss.weights_from sampling.power sampling.from_epoch"
FOURTH = _instead(f"{_FOCAL} {_TRAINED} {_FROM_2} optim.milestones optim.decay",
                  loss__weighting="none", sampling__name="instance", optim__schedule="cosine",
                  optim__continued_after="1", second_stage__name="logit_adjustment",
                  second_stage__prior_tau="0.5", loss__name="label_aware_smoothing",
                  loss__smoothing_head="0.4",
                  loss__smoothing_tail="0.1", loss__smoothing_shape="linear")  # fmt: skip
"""Every field as a person types it, in one of these, none at its default where another value can run here."""

MEANT: dict[str, Any] = {
    "data.imbalance_ratio": 4.0, "data.validation_fraction": 0.2, "data.subset_seed": 3,
    "data.augment": False, "data.max_train_per_class": 40, "sampling.power": 0.25, "sampling.beta": 0.95,
    "policy.operations": 3, "policy.magnitude": 5, "policy.size": 6,
    "mixing.alpha": 0.4, "mixing.kappa": 2.0, "mixing.tau": 0.6, "mixing.mixed_batches": 0.75,
    "loss.vs_gamma": 0.2, "loss.tau": 1.5, "loss.label_smoothing": 0.1, "loss.power": 0.3,
    "loss.class_weights": [1.0, 2.0, 1.0, 2.0, 1.0, 2.0, 1.0, 2.0, 1.0, 2.5], "loss.max_margin": 0.4,
    "loss.scale": 20.0, "loss.smoothing_head": 0.4, "loss.smoothing_tail": 0.1,
    "sampling.from_epoch": 2, "model.width": 6, "model.blocks": [1, 3, 2], "model.kernel": 5,
    "model.pool": 3, "model.hidden": 9, "model.depth": 8, "model.batch_norm": False,
    "model.initial_bias": 0.1, "model.dropout_conv": 0.2, "model.dropout_fc": 0.3, "loss.beta": 0.99,
    "loss.gamma": 2.0,
    "loss.weights_from": 2, "optim.epochs": 2, "optim.batch_size": 32, "optim.learning_rate": 0.05,
    "optim.momentum": 0.8, "optim.nesterov": True, "optim.weight_decay": 0.0001, "optim.milestones": [1],
    "optim.decay": 0.5, "optim.warmup_epochs": 1, "optim.continued_after": [1], "second_stage.epochs": 2,
    "second_stage.learning_rate": 0.05, "second_stage.tau": 0.5, "second_stage.prior_tau": 0.5, "seed": 7,
    "threads": 1,
}  # fmt: skip
Typed = dict[str, str]
TYPED: tuple[Typed, ...] = (FIRST, SECOND, THIRD, FOURTH)


def plain(typed: Typed) -> dict[str, Any]:
    """What such a configuration means, as JSON; a field that is not typed has no effect in it."""
    meant = {path: MEANT.get(path, text) for path, text in typed.items()}
    return nest(dict.fromkeys(leaf_fields()) | meant)


def test_every_field_is_typed_here() -> None:
    assert set().union(*TYPED) == set(leaf_fields())
    assert all(as_json(parse_config(plain(typed))) == plain(typed) for typed in TYPED)


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
