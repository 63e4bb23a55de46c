"""What to label under a budget: against trying every choice, and in words."""

import itertools

import numpy as np
import pytest

from app.errors import InvalidError
from app.task_transfers.judge import OWN, SCRATCH, Readings
from app.task_transfers.options import Option, options_of
from app.task_transfers.policy import cost_of, importance_of, policy_view
from app.task_transfers.shares import Measured
from app.task_transfers.view import Share

FOUR = ("autoencoding", "edges", "shape", "hue")
GAIN = Share(mean=0.5)


def option(affinity: float, *sources: str, own: bool = False) -> Option:
    return Option(sources, "own" if own else "transfer" if sources else "scratch", affinity, GAIN)


def drawn(random: np.random.Generator) -> dict[str, list[Option]]:
    """Of four targets: free, three singles, two pairs, own."""
    found = {}
    for target in FOUR:
        others = [name for name in FOUR if name != target]
        pairs = list(itertools.combinations(others, 2))[:2]
        found[target] = [
            option(random.random(), *sources, own=sources == (target,))
            for sources in ((), *((one,) for one in others), *pairs, (target,))
        ]
    return found


@pytest.mark.parametrize("budget", [0, 1, 2, 4])
def test_no_other_choice_is_worth_more(budget: int) -> None:
    random = np.random.default_rng(budget)
    for _ in range(5):
        options, importance = drawn(random), dict(zip(FOUR, random.random(4), strict=True))
        best = 0.0
        for count in range(5):
            for chosen in itertools.combinations(FOUR, count):
                if sum(map(cost_of, chosen)) <= budget:
                    best = max(best, sum(
                        importance[target]
                        * max(one.affinity for one in those if set(one.sources) <= set(chosen))
                        for target, those in options.items()
                    ))  # fmt: skip
        found = policy_view(options, importance, budget)
        assert found.worth == pytest.approx(best)
        assert found.cost == len(found.labelled) <= budget
        assert set(found.labelled) | set(found.free) == {
            name for edge in found.edges for name in edge.sources
        }


def test_nothing_to_spend_is_a_policy_and_what_costs_nothing_is_used() -> None:
    options = {
        "shape": [option(0.1), option(0.5, "edges"), option(0.3, "autoencoding"), option(0.9, "shape")]
    }
    found = policy_view(options, {"shape": 1}, 0)
    assert (found.labelled, found.free, found.cost) == ((), ("autoencoding",), 0)
    assert found.text.startswith("Label nothing; train autoencoding besides")
    spent = policy_view(options, {"shape": 1}, 1)
    assert spent.labelled == ("shape",)
    assert "Label class of the shape. At a budget of 1 this serves 1 target" in spent.text


def test_what_may_serve_a_target_and_its_affinity() -> None:
    """No readout of its own network, no set with it; of what is free, the best alone; affinities over all."""
    validation = {
        "edges": 4.0, "shape": 0.0, "hue": 5.0, "random": 3.0, "pixels": 6.0, "edges+hue": 2.0,
        "edges+shape": 0.0, OWN: 1.0, SCRATCH: 7.0,
    }  # fmt: skip
    losses = {key: np.full((2, 10), worth) for key, worth in validation.items()}
    readings = Readings("shape", "frozen", 100, Measured(losses, losses))
    found = {one.sources: one for one in options_of(readings, is_source=True)}
    assert list(found) == [("edges",), ("hue",), ("edges", "hue"), ("shape",), ()]
    assert found[()].way == "random"
    assert found[("shape",)].way == "own"
    assert found[("hue",)].gain.mean == 1
    order = sorted(found, key=lambda sources: -found[sources].affinity)
    assert order == [("shape",), ("edges", "hue"), (), ("edges",), ("hue",)]
    assert sum(one.affinity for one in found.values()) < 1, "pixels and scratch have the rest"
    assert all(one.way != "own" for one in options_of(readings, is_source=False))


def test_importance_is_read_and_refused_by_name() -> None:
    assert importance_of("", FOUR) == dict.fromkeys(FOUR, 1)
    assert importance_of(" shape:2, hue:0", FOUR) == dict.fromkeys(FOUR, 1) | {"shape": 2, "hue": 0}
    for text in ("shap:1", "shape", "shape:-1", "shape:nan", "shape:x", "shape:inf"):
        with pytest.raises(InvalidError) as refused:
            importance_of(text, FOUR)
        assert refused.value.fields[0].path == "importance"
