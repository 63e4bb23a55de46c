"""Sweeps that are ready to launch: each is whole, small, and named like no preset of a run."""

import hashlib

import pytest

from trainer.config import PRESETS
from trainer.sweep import expand
from trainer.sweep_presets import SWEEP_PRESETS


@pytest.mark.parametrize("name", SWEEP_PRESETS)
def test_a_preset_is_a_whole_sweep(name: str) -> None:
    body = SWEEP_PRESETS[name]
    assert set(body) == {"name", "notes", "base", "axes", "baselines"}
    assert name not in PRESETS
    cells = expand(body["base"], body["axes"], body["baselines"])
    seeds = len(body["axes"]["seed"])
    assert len(cells) == seeds * (len(body["axes"]["optim.learning_rate"]) + len(body["baselines"]))
    assert all(cell.config.data.dataset == "shapes10" for cell in cells)


def test_dead_relu_is_what_it_was() -> None:
    """The same runs whatever the defaults of the day are."""
    body = SWEEP_PRESETS["dead_relu"]
    hashes = [cell.config_hash for cell in expand(body["base"], body["axes"], body["baselines"])]
    assert hashlib.sha256(" ".join(hashes).encode()).hexdigest()[:16] == "b0e514306cc05a4f"


def test_dead_relu_varies_all_that_makes_units_die() -> None:
    body = SWEEP_PRESETS["dead_relu"]
    varied = {path for one in (body["axes"], *body["baselines"]) for path in one}
    assert varied == {"seed", "optim.learning_rate", "model.batch_norm", "model.activation",
                      "model.initial_bias", "model.width"}  # fmt: skip
