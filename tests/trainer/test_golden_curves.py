"""Golden loss curves, kept in golden_curves.json; and what must hold of them whatever is kept.

    BETABOARD_RECORD=1 python -m pytest -p no:xdist tests/trainer/test_golden_curves.py

records those that are new or have changed, to be looked through with `git diff`.
"""

import json
import math
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.contract.recorded import RECORDING
from tests.trainer.golden_curves import STEPS, cases, curve, images_of, small
from trainer.assembly import assemble
from trainer.config import RunConfig

KEPT = Path(__file__).with_name("golden_curves.json")
CASES = dict(cases())
Curve = list[float]
Floats = NDArray[np.float64]
same = partial(pytest.approx, abs=1e-5)


def near(name: str, losses: Curve) -> Any:
    """Equal to 1e-4; to 1e-3 behind operations on pixels, which CPUs may round to another level of 256."""
    return pytest.approx(losses, abs=1e-3 if name.startswith("policy.name=") else 1e-4)


@pytest.fixture(scope="module")
def golden() -> Iterator[dict[str, Curve]]:
    """The kept curves by name; what is put into it is kept when recording."""
    kept: dict[str, Curve] = json.loads(KEPT.read_text()) if KEPT.exists() else {}
    yield kept
    if RECORDING:
        lines = [f"{json.dumps(name)}: {json.dumps(kept[name])}" for name in CASES if name in kept]
        KEPT.write_text("{\n" + ",\n".join(lines) + "\n}\n")


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=[pytest.mark.slow] * name.startswith(("model", "preset"))) for name in CASES],
)
def test_the_curve_is_the_golden_one(name: str, golden: dict[str, Curve]) -> None:
    losses = curve(CASES[name])
    if RECORDING and golden.get(name) != near(name, losses):
        golden[name] = [round(loss, 6) for loss in losses]
    assert name in golden, f"{name} has no golden curve; the first lines of this file say how to record it"
    assert losses == near(name, golden[name])
    assert len(losses) == STEPS


def test_every_kept_curve_is_asked_for(golden: dict[str, Curve]) -> None:
    assert set(golden) <= set(CASES)


def of(**sections: Mapping[str, Any]) -> Curve:
    """The curve of these fields on the small network."""
    return curve(small(sections))


def test_losses_are_one_another_at_their_limits() -> None:
    plain, adjusted = of(), of(loss={"name": "logit_adjusted", "tau": 1.0})
    assert of(loss={"name": "focal", "gamma": 0.0}) == same(plain)
    assert of(loss={"name": "logit_adjusted", "tau": 0.0}) == same(plain)
    assert of(loss={"name": "balanced_softmax"}) == same(adjusted)
    assert of(loss={"name": "vs", "vs_gamma": 0.0, "tau": 1.0}) == same(adjusted)
    alike = {"smoothing_head": 0.2, "smoothing_tail": 0.2}
    smoothed = of(loss={"label_smoothing": 0.2})
    assert of(loss={"name": "label_aware_smoothing", **alike}) == same(smoothed)
    assert adjusted != same(plain)
    assert smoothed != same(plain)


def test_weights_are_one_another_at_their_limits() -> None:
    plain, ones = of(), {"weighting": "by_hand", "class_weights": [1.0] * 10}
    for nothing in ({"weighting": "class_balanced", "beta": 0.0}, {"weighting": "power", "power": 0.0}, ones):
        assert of(loss=nothing) == same(plain)
    for power, name in ((1.0, "inverse_frequency"), (0.5, "inverse_sqrt")):
        weighted = of(loss={"weighting": name})
        assert of(loss={"weighting": "power", "power": power}) == same(weighted)
        assert weighted != same(plain)
    assert of(loss={"weighting": "class_balanced", "beta": 1 - 1e-7}) == same(
        of(loss={"weighting": "inverse_frequency"})
    )
    late = of(loss={"weighting": "inverse_frequency", "weights_from": 2})
    assert late[:5] == same(plain[:5])


def test_samplers_and_mixings_are_one_another_at_their_limits() -> None:
    plain, alike = of(), of(sampling={"name": "class_balanced"})
    assert of(sampling={"name": "power", "power": 0.0}) == same(alike)
    assert of(sampling={"name": "power", "power": 0.5}) == same(of(sampling={"name": "square_root"}))
    late = of(sampling={"name": "class_balanced", "from_epoch": 2})
    assert late[:5] == same(plain[:5])
    assert alike != same(plain)
    mixed = of(mixing={"name": "mixup"})
    assert of(mixing={"name": "remix", "tau": 0.0}) == same(mixed)
    assert of(mixing={"name": "cutmix", "mixed_batches": 1e-9}) == same(plain)
    assert mixed != same(plain)


def by_hand(config: RunConfig) -> Curve:
    """Cross-entropy of one hidden layer, its gradient and the steps of SGD, written out in float64.

    Weight decay is added to the gradient, and v <- momentum v + gradient; w <- w - rate v (as PyTorch's SGD).
    """
    run = assemble(config, images_of(config))
    weights = [tensor.detach().double().numpy().T.copy() for tensor in run.network.parameters()]
    moving = [np.zeros_like(weight) for weight in weights]
    losses: Curve = []
    for epoch, rate in enumerate(run.rates, start=1):
        for images, labels, _ in run.epoch(epoch):
            pixels = images.flatten(1).double().numpy()
            loss, slopes = _loss_and_slopes(weights, pixels, labels.numpy())
            losses.append(loss)
            for weight, slope, moved in zip(weights, slopes, moving, strict=True):
                moved *= config.optim.momentum
                moved += slope + config.optim.weight_decay * weight
                weight -= rate * moved
    return losses


def _loss_and_slopes(
    weights: list[Floats], pixels: Floats, labels: NDArray[np.int64]
) -> tuple[float, list[Floats]]:
    inner, inner_bias, outer, outer_bias = weights
    before = pixels @ inner + inner_bias
    hidden = np.maximum(before, 0)
    logits = hidden @ outer + outer_bias
    odds = np.exp(logits - logits.max(axis=1, keepdims=True))
    p, rows = odds / odds.sum(axis=1, keepdims=True), np.arange(len(labels))
    loss = -np.log(p[rows, labels]).mean()
    p[rows, labels] -= 1
    back = p / len(labels)
    inward = (back @ outer.T) * (before > 0)
    return float(loss), [pixels.T @ inward, inward.sum(axis=0), hidden.T @ back, back.sum(axis=0)]


@pytest.mark.parametrize("name", ["loss.name=cross_entropy", "decay of weights", "step", "warm-up"])
def test_a_curve_by_hand(name: str) -> None:
    losses = by_hand(CASES[name])
    assert len(losses) == STEPS
    assert curve(CASES[name]) == same(losses)


@pytest.mark.slow
def test_a_fresh_network_knows_nothing() -> None:
    """Its loss is about log C."""
    assert curve(CASES["preset=recommended"])[0] == pytest.approx(math.log(10), abs=0.1)
    assert curve(CASES["model.name=convnet5"])[0] == pytest.approx(math.log(10), abs=0.1)
