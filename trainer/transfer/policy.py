"""Which sources to label under a budget, so that all targets are served best.

The Boolean integer programme of Taskonomy (Zamir et al., CVPR 2018, section 3.4), solved by
`scipy.optimize.milp`. A target's own, fully supervised network enters as a candidate like any other: an edge
from the target as its own source, with the affinity that it was measured to have.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp

Floats = NDArray[np.float64]

_INFEASIBLE = 2
_GREATEST, _SLACK, _DIGITS = 1e4, 1e-6, 6
"""The solver keeps bounds and gaps to about 1e-6 whatever the figures: those are scaled to 1e4 at most,
and the budget is rounded, as it fails on one that a cost misses by less."""


@dataclass(frozen=True)
class Candidate:
    """A transfer that could serve `target` if all of `sources` are labelled; no source at all is allowed."""

    target: str
    sources: tuple[str, ...]
    affinity: float


@dataclass(frozen=True)
class Policy:
    """One edge into each target, in the order of targets; `sources` are those that the edges need."""

    edges: tuple[Candidate, ...]
    sources: tuple[str, ...]
    cost: float
    worth: float
    """Sum over edges of importance times affinity."""


def best_policy(
    candidates: Sequence[Candidate],
    importance: Mapping[str, float],
    budget: float,
    costs: Mapping[str, float] | None = None,
) -> Policy:
    """The edges of most worth, with the cost of all sources that they need within the budget.

    importance: of every target, at least 0; targets need not be sources, nor sources targets. costs: by
    source, 1 where none is given; one that needs no labels costs 0. The budget counts to a millionth of the
    greatest cost.

    Ties: of policies of equal worth (to 1e-9 of the greatest term) the one of least cost, then of fewest
    sources, then the one that has the source named first in the candidates, of those the one that has the
    second, and so on; each target then takes the first candidate of most affinity among those left.

    Raises ValueError for a target without candidates, a candidate for a target without importance or given
    twice, figures that are no numbers or negative where they may not be, and a budget that cannot serve all.
    """
    costs = costs or {}
    _check(candidates, importance, budget, costs)
    sources = list(dict.fromkeys(name for candidate in candidates for name in candidate.sources))
    price = np.array([costs.get(name, 1.0) for name in sources])
    dearest = price.max(initial=0.0) or 1.0
    able = _undominated(candidates)
    value = np.array([importance[candidate.target] * candidate.affinity for candidate in able])
    allowed = round(budget / dearest, _DIGITS)
    constraint = _constraint(able, list(importance), sources, price / dearest, allowed)
    taken = _lexicographic(_goals(value, price / dearest), constraint)
    if taken is None:
        least = _least_cost(able, list(importance), sources, price / dearest) * dearest
        raise ValueError(
            f"The budget of {budget:g} is too small: sources that serve all {len(importance)} targets cost "
            f"at least {least:g}."
        )
    chosen = [name for name, is_taken in zip(sources, taken[len(able) :], strict=True) if is_taken]
    edges = tuple(_best_edge(candidates, target, set(chosen)) for target in importance)
    needed = {name for edge in edges for name in edge.sources}  # fewer where a tie could not be broken
    chosen = [name for name in chosen if name in needed]
    worth = math.fsum(importance[edge.target] * edge.affinity for edge in edges)
    return Policy(edges, tuple(chosen), math.fsum(costs.get(name, 1.0) for name in chosen), worth)


def _undominated(candidates: Sequence[Candidate]) -> Sequence[Candidate]:
    """Without those that need more sources than another one for the target and are worth no more.

    With no policy of less worth, cost or sources for it, they only make the search longer.
    """
    by_target: dict[str, list[tuple[frozenset[str], float]]] = {}
    for one in candidates:
        by_target.setdefault(one.target, []).append((frozenset(one.sources), one.affinity))
    return [
        one
        for one in candidates
        if not any(
            sources < frozenset(one.sources) and affinity >= one.affinity
            for sources, affinity in by_target[one.target]
        )
    ]


def _constraint(
    candidates: Sequence[Candidate],
    targets: Sequence[str],
    sources: Sequence[str],
    price: Floats,
    budget: float,
) -> LinearConstraint:
    """On what is taken, [candidates, then sources]: one edge into each target, no edge without its sources.

    As a target has one edge, those into it that need a source together need it no more than once, which makes
    one row for each target and source, and bounds tighter than a row for each edge.
    """
    serves = np.array([[float(one.target == target) for one in candidates] for target in targets])
    needs = np.array([[float(name in one.sources) for one in candidates] for name in sources])
    needs = needs.reshape(len(sources), len(candidates))
    served = np.hstack([serves, np.zeros((len(targets), len(sources)))])
    through = (serves[:, None] * needs[None]).reshape(-1, len(candidates))
    linked = np.hstack([through, np.tile(-np.eye(len(sources)), (len(targets), 1))])
    paid = np.concatenate([np.zeros(len(candidates)), price])
    low = np.concatenate([np.ones(len(targets)), np.full(len(linked) + 1, -np.inf)])
    high = np.concatenate([np.ones(len(targets)), np.zeros(len(linked)), [budget * _GREATEST]])
    return LinearConstraint(np.vstack([served, linked, paid * _GREATEST]), low, high)


def _goals(value: Floats, price: Floats) -> Iterable[Floats]:
    """What is to be as high as possible, one after the other: worth, low cost, few sources, early sources."""
    edges, sources = np.zeros(len(value)), np.zeros(len(price))
    scale = _GREATEST / (np.abs(value).max() or 1.0)
    yield np.concatenate([value * scale, sources])
    yield np.concatenate([edges, -price * _GREATEST])
    yield np.concatenate([edges, sources - 1])
    for own in np.eye(len(price)):
        yield np.concatenate([edges, own])


def _lexicographic(goals: Iterable[Floats], constraint: LinearConstraint) -> Floats | None:
    """0 or 1 for each edge and source: best for the first goal, among those for the second; None for none."""
    rows, low, high = constraint.A, constraint.lb, constraint.ub
    taken: Floats | None = None
    for goal in goals:
        if taken is None or goal @ taken < goal.clip(min=0).sum():
            found = milp(
                -goal,
                integrality=np.ones_like(goal),
                bounds=Bounds(0, 1),
                constraints=LinearConstraint(rows, low, high),
                options={"mip_rel_gap": 0.0},
            )
            if found.status == _INFEASIBLE and taken is None:
                return None
            if not found.success and taken is not None:
                return taken  # what was taken before misses a bound by rounding alone
            assert found.success, found.message
            taken = np.round(found.x)
        rows, high = np.vstack([rows, goal]), np.append(high, np.inf)
        low = np.append(low, goal @ taken - _SLACK)
    return taken


def _least_cost(
    candidates: Sequence[Candidate], targets: Sequence[str], sources: Sequence[str], price: Floats
) -> float:
    goal = np.concatenate([np.zeros(len(candidates)), -price * _GREATEST])
    cheapest = _lexicographic([goal], _constraint(candidates, targets, sources, price, np.inf))
    assert cheapest is not None, "every target has a candidate"
    return float(price @ cheapest[len(candidates) :])


def _best_edge(candidates: Sequence[Candidate], target: str, chosen: set[str]) -> Candidate:
    possible = (one for one in candidates if one.target == target and chosen.issuperset(one.sources))
    return max(possible, key=lambda one: one.affinity)


def _check(
    candidates: Sequence[Candidate],
    importance: Mapping[str, float],
    budget: float,
    costs: Mapping[str, float],
) -> None:
    figures = [("importance", importance), ("cost", costs), ("budget", {"this choice": budget})]
    for word, each in figures:
        for name, figure in each.items():
            if not figure >= 0 or (word != "budget" and math.isinf(figure)):
                raise ValueError(f"The {word} of {name} must be a number of 0 or more, not {figure}.")
    if not importance:
        raise ValueError("A policy serves one target at least; none is given.")
    seen = set()
    for candidate in candidates:
        key = (candidate.target, frozenset(candidate.sources))
        named = f"The candidate from {' and '.join(candidate.sources) or 'no source'} to {candidate.target}"
        if candidate.target not in importance:
            raise ValueError(f"{named} serves no target of this choice.")
        if not math.isfinite(candidate.affinity):
            raise ValueError(f"{named} has no finite affinity: {candidate.affinity}.")
        if key in seen:
            raise ValueError(f"{named} is given twice.")
        seen.add(key)
    for target in importance:
        if all(candidate.target != target for candidate in candidates):
            raise ValueError(f"Nothing can serve {target}: none of the candidates leads to it.")
