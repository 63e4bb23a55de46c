"""The policy against every subset of sources, its constraints, its rule for ties, and what it refuses."""

from itertools import product
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import milp

from trainer.transfer import policy
from trainer.transfer.policy import Candidate, Policy, best_policy

Instance = tuple[list[Candidate], dict[str, float], float, dict[str, float]]

SERVED = [Candidate("depth", ("depth",), 0.5), Candidate("depth", ("edges",), 0.4),
          Candidate("class", ("class",), 0.6), Candidate("class", ("edges",), 0.1),
          Candidate("class", ("depth", "edges"), 0.3)]  # fmt: skip
SCRATCH = [*SERVED, Candidate("depth", (), 0.05), Candidate("class", (), 0.02)]
EVEN = {"depth": 1.0, "class": 1.0}


@st.composite
def instances(draw: st.DrawFn, most: int = 6) -> Instance:
    """All figures are eighths or whole, so that sums are exact and ties are many."""
    names = [f"s{at}" for at in range(draw(st.integers(1, most)))]
    targets = [*draw(st.lists(st.sampled_from(names), max_size=3, unique=True)), "novel"]
    some = st.lists(st.sampled_from(names), max_size=3, unique=True).map(tuple)
    candidates = [
        Candidate(target, sources, draw(st.integers(-2, 8)) / 8)
        for target in targets
        for sources in draw(st.lists(some, min_size=1, max_size=8, unique_by=frozenset))
    ]
    importance = {target: float(draw(st.integers(0, 3))) for target in targets}
    costs = draw(st.dictionaries(st.sampled_from(names), st.integers(0, 3).map(float)))
    return candidates, importance, float(draw(st.integers(0, 6))), costs


def brute_force(given: Instance) -> Policy | float:
    """The best of all subsets of sources by the rule, or the least cost where none is within the budget."""
    candidates, importance, budget, costs = given
    names = list(dict.fromkeys(name for one in candidates for name in one.sources))
    best: tuple[tuple[object, ...], Policy] | None = None
    cheapest = float("inf")
    for taken in product((0, 1), repeat=len(names)):
        chosen = tuple(name for name, is_taken in zip(names, taken, strict=True) if is_taken)
        cost = sum(costs.get(name, 1.0) for name in chosen)
        edges = []
        for target in importance:
            able = [one for one in candidates if one.target == target and set(one.sources) <= set(chosen)]
            edges += sorted(able, key=lambda one: -one.affinity)[:1]
        if len(edges) < len(importance):
            continue
        cheapest = min(cheapest, cost)
        worth = sum(importance[edge.target] * edge.affinity for edge in edges)
        key = (worth, -cost, -len(chosen), taken)
        if cost <= budget and (best is None or key > best[0]):
            best = key, Policy(tuple(edges), chosen, cost, worth)
    return best[1] if best else cheapest


@pytest.mark.slow
@given(instances())
def test_it_is_the_best_of_all_subsets(given: Instance) -> None:
    expected = brute_force(given)
    if isinstance(expected, float):
        with pytest.raises(ValueError, match=rf"too small.* at least {expected:g}\."):
            best_policy(*given)
    else:
        assert best_policy(*given) == expected


@pytest.mark.slow
@given(instances(most=10))
def test_it_keeps_every_constraint(given: Instance) -> None:
    candidates, importance, budget, costs = given
    try:
        found = best_policy(*given)
    except ValueError:
        return
    assert [edge.target for edge in found.edges] == list(importance)
    assert set(found.edges) <= set(candidates)
    assert set(found.sources) == {name for edge in found.edges for name in edge.sources}
    assert found.cost == sum(costs.get(name, 1) for name in found.sources) <= budget
    assert found.worth == sum(importance[edge.target] * edge.affinity for edge in found.edges)


@pytest.mark.slow
@given(
    st.lists(st.floats(0, 1), min_size=30, max_size=30),
    st.lists(st.floats(0.01, 100), min_size=3, max_size=3),
    st.integers(1, 10),
)
def test_its_worth_is_exact_where_figures_are_not_round(
    affinity: list[float], importance: list[float], budget: int
) -> None:
    figures = iter(affinity)
    candidates = [Candidate(t, (f"s{at}",), next(figures)) for t in "abc" for at in range(8)]
    candidates += [Candidate(t, (f"s{at}", "s9", "s8"), next(figures)) for t in "abc" for at in (0, 3)]
    given = (candidates, dict(zip("abc", importance, strict=True)), float(budget), {"s9": 0.25})
    expected = brute_force(given)
    assert isinstance(expected, Policy)
    assert best_policy(*given).worth == pytest.approx(expected.worth, rel=1e-9)


def test_a_hand_worked_choice() -> None:
    """With one label edges serve both (.5); with two each task is best served by itself (1.1)."""
    alone = best_policy(SERVED, EVEN, 1)
    assert (alone.sources, alone.cost) == (("edges",), 1)
    assert alone.worth == pytest.approx(0.5)
    both = best_policy(SERVED, EVEN, 2)
    assert both.sources == ("depth", "class")
    assert both.worth == pytest.approx(1.1)
    assert best_policy(SERVED, EVEN, float("inf")) == both
    heavier = best_policy(SERVED, {"depth": 1, "class": 0.5}, 2, {"class": 2})
    assert heavier.sources == ("depth", "edges")
    assert heavier.worth == pytest.approx(0.65)


def test_what_needs_no_labels_is_open_to_any_budget() -> None:
    found = best_policy(SERVED, EVEN, 0, {"edges": 0})
    assert (found.sources, found.cost) == (("edges",), 0)
    assert best_policy(SCRATCH, EVEN, 0).sources == ()


def test_costs_that_add_up_to_the_budget_are_within_it() -> None:
    candidates = [Candidate("t", ("a", "b"), 0.9), Candidate("t", ("a",), 0.1)]
    costs = {"a": 0.1, "b": 0.2}
    assert best_policy(candidates, {"t": 1}, 0.3, costs).sources == ("a", "b")
    assert best_policy(candidates, {"t": 1}, 0.29999, costs).sources == ("a",)


@pytest.mark.parametrize("budget", [0.9999999999, 0.9999999, 1.0, 1.0000001])
def test_a_budget_counts_to_a_millionth(budget: float) -> None:
    assert best_policy(SCRATCH, EVEN, budget).sources == ("class",)
    assert best_policy(SCRATCH, EVEN, 0.99999).sources == ()


def test_what_was_found_stays_where_a_tie_cannot_be_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    """By rounding, the solver may miss what it has just found itself."""
    goals: list[Any] = []

    def once(goal: Any, **values: Any) -> Any:
        goals.append(goal)
        missed = SimpleNamespace(success=False, status=2, message="infeasible")
        return milp(goal, **values) if len(goals) == 1 else missed

    monkeypatch.setattr(policy, "milp", once)
    assert best_policy(SCRATCH, EVEN, 1).sources == ("class",)
    assert len(goals) == 2


def test_more_sources_for_no_more_worth_are_not_looked_at() -> None:
    """They may still be the first candidate of most affinity where their sources are taken anyhow."""
    both = Candidate("t", ("a", "b"), 0.5)
    candidates = [
        both,
        Candidate("t", ("a",), 0.5),
        Candidate("t", ("a", "c"), 0.4),
        Candidate("u", ("b",), 1),
    ]
    assert best_policy(candidates[:3], {"t": 1}, 3).sources == ("a",)
    found = best_policy(candidates, {"t": 1, "u": 1}, 3)
    assert (found.sources, found.edges[0]) == (("a", "b"), both)


def test_of_equal_policies_the_first_named_is_taken() -> None:
    names = ["d", "b", "c", "a"]
    candidates = [Candidate(target, (name,), 0.25) for target in ("t", "u") for name in names]
    found = best_policy(candidates, {"u": 1, "t": 2}, 2)
    assert found.sources == ("d",)
    assert [edge.target for edge in found.edges] == ["u", "t"]
    assert best_policy(candidates[::-1], {"u": 1, "t": 2}, 2).sources == ("a",)
    assert best_policy(candidates, {"u": 1, "t": 2}, 3, {"d": 3, "b": 2, "a": 1.5}).sources == ("c",)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"importance": {"depth": 1, "class": 1, "hue": 1}}, "Nothing can serve hue"),
        ({"importance": {"depth": 1}}, "from class to class serves no target of this choice"),
        ({"importance": {}}, "one target at least"),
        ({"importance": {"depth": -1, "class": 1}}, "importance of depth must be .* not -1"),
        ({"costs": {"edges": float("nan")}}, "cost of edges must be .* not nan"),
        ({"costs": {"edges": float("inf")}}, "cost of edges must be .* not inf"),
        ({"budget": float("nan")}, "budget of this choice must be .* not nan"),
        ({"budget": 0.5}, "budget of 0.5 is too small: .* all 2 targets cost at least 1"),
        ({"candidates": [*SERVED, Candidate("class", ("edges", "depth"), 0.2)]},
         "from edges and depth to class is given twice"),
        ({"candidates": [*SERVED, Candidate("class", (), float("nan"))]}, "from no source to class .* nan"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_by_name(change: dict[str, object], sentence: str) -> None:
    given: dict[str, object] = {"candidates": SERVED, "importance": EVEN, "budget": 2.0, **change}
    with pytest.raises(ValueError, match=sentence):
        best_policy(**given)  # type: ignore[arg-type]
