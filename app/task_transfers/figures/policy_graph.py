"""The graph of a policy: sources left, targets right, arrows as wide as their gain. Geometry only.

Coordinates are pixels of a viewBox, y downwards. Sources that stand side by side meet in a point before
their target.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from app.task_transfers.readings import share_text
from app.task_transfers.view import PolicyEdge, TaskPolicyView
from trainer.transfer.tasks import CONTROLS

Kind = Literal["labelled", "free", "control"]
WIDTH = 640
_LEFT, _RIGHT, _MEETING = 168.0, 436.0, 372.0
_STEP, _TOP = 30.0, 22.0
_THINNEST, _WIDEST = 1.5, 8.0
_ROUNDS, _TIP = 3, 12.0
SCRATCH = "from scratch"
_ABOUT: Mapping[Kind, str] = {
    "labelled": "to be labelled, costs 1",
    "free": "needs no labels, costs nothing",
    "control": "needs no source task",
}
_STANDING: Mapping[str, str] = {**CONTROLS, "scratch": SCRATCH}


@dataclass(frozen=True)
class Source:
    """A node at the left. about: what it takes, in words."""

    name: str
    kind: Kind
    x: float
    y: float
    about: str


@dataclass(frozen=True)
class Target:
    """A node at the right. text: how it is served, beside its name."""

    name: str
    x: float
    y: float
    text: str


@dataclass(frozen=True)
class Arrow:
    """An edge of the policy, or its part up to the point where sources meet (`is_part`)."""

    source: str
    target: str
    way: str
    path: str
    width: float
    about: str
    is_part: bool = False


@dataclass(frozen=True)
class Graph:
    """The whole; meetings are points where sources come together."""

    width: int
    height: int
    sources: tuple[Source, ...]
    targets: tuple[Target, ...]
    arrows: tuple[Arrow, ...]
    meetings: tuple[tuple[float, float], ...]


def policy_graph(policy: TaskPolicyView) -> Graph:
    """Every edge of the policy as an arrow."""
    edges = {edge.target: edge for edge in policy.edges}
    sources, targets = _orders(edges)
    height = int(2 * _TOP + _STEP * max(len(sources), len(targets)))
    left, right = _places(sources, height), _places(targets, height)
    arrows, meetings = [], []
    for target in targets:
        edge, names = edges[target], _sources(edges[target])
        if len(names) == 1:
            arrows.append(_arrow(edge, names[0], (_LEFT, left[names[0]]), (_RIGHT, right[target])))
            continue
        meeting = (_MEETING, right[target])
        meetings.append(meeting)
        arrows += [_arrow(edge, name, (_LEFT, left[name]), meeting, is_part=True) for name in names]
        arrows.append(_arrow(edge, " and ".join(names), meeting, (_RIGHT, right[target])))
    return Graph(
        WIDTH,
        height,
        tuple(_source(policy, name, left[name]) for name in sources),
        tuple(Target(name, _RIGHT, right[name], _served(edges[name])) for name in targets),
        tuple(arrows),
        tuple(meetings),
    )


def _sources(edge: PolicyEdge) -> tuple[str, ...]:
    """The nodes at the left that serve it."""
    return (_STANDING[edge.way],) if edge.way in _STANDING else edge.sources


def _orders(edges: Mapping[str, PolicyEdge]) -> tuple[list[str], list[str]]:
    """Sources and targets so that few arrows cross: each stands at the mean place of what it is tied to."""
    targets = list(edges)
    sources = list(dict.fromkeys(name for edge in edges.values() for name in _sources(edge)))
    for _ in range(_ROUNDS):
        at = {name: place for place, name in enumerate(targets)}
        sources.sort(key=lambda name: _mean([at[one] for one in edges if name in _sources(edges[one])]))
        of = {name: place for place, name in enumerate(sources)}
        targets.sort(key=lambda name: _mean([of[one] for one in _sources(edges[name])]))
    return sources, targets


def _mean(values: Sequence[float]) -> float:
    return sum(values) / max(1, len(values))


def _places(names: Sequence[str], height: int) -> dict[str, float]:
    """Evenly down the height."""
    step = (height - 2 * _TOP) / max(1, len(names))
    return {name: round(_TOP + step * (at + 0.5), 1) for at, name in enumerate(names)}


def _source(policy: TaskPolicyView, name: str, y: float) -> Source:
    kind: Kind = (
        "control" if name in _STANDING.values() else "labelled" if name in policy.labelled else "free"
    )
    return Source(name, kind, _LEFT, y, _ABOUT[kind])


def _served(edge: PolicyEdge) -> str:
    gain = "" if edge.gain.mean is None else f"{100 * edge.gain.mean:.0f} %"
    return f"{gain} own network".strip() if edge.way == "own" else gain


def _arrow(
    edge: PolicyEdge, source: str, begin: tuple[float, float], end: tuple[float, float], is_part: bool = False
) -> Arrow:
    (x0, y0), (x1, y1) = begin, end
    middle, tip = (x0 + x1) / 2, x1 - (0 if is_part else _TIP)
    path = f"M{x0:.1f},{y0:.1f} C{middle:.1f},{y0:.1f} {middle:.1f},{y1:.1f} {tip:.1f},{y1:.1f}"
    how = "its own network" if edge.way == "own" else f"{source} → {edge.target}"
    about = f"{edge.target}: {how}, gain {share_text(edge.gain)} %"
    return Arrow(source, edge.target, edge.way, path, arrow_width(edge.gain.mean), about, is_part)


def arrow_width(gain: float | None) -> float:
    """Thinnest for one half and less, or where it is unknown; widest where every image gains."""
    above = 0.0 if gain is None else min(1.0, max(0.0, 2 * (gain - 0.5)))
    return round(_THINNEST + (_WIDEST - _THINNEST) * above, 2)
