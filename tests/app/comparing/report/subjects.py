"""Hand-made subjects of reports, with names as hostile as anybody can type them."""

from typing import Any

from app.comparing.figures.recall import compare_recall_count
from app.comparing.report.blocks import Plot
from app.comparing.report.subject import Subject
from app.comparing.view import ConfigField, Observation
from app.figures.theme import LIGHT
from tests.app.comparing.figures.compared import SWEEP, comparison

HOSTILE = (
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(1)> {{ 7*7 }}",
    "[click](javascript:alert(1)) **bold** _it_ `code` | pipe",
    "![x](http://evil.example/x.png) <!-- &amp; &#60; -->",
    "a\nb # not a heading \\ $x$ ~~s~~",
)


def subject(labels: tuple[str, ...] | None = None, **changes: Any) -> Subject:
    losses = SWEEP[: len(labels)] if labels else SWEEP
    base = labels[0] if labels else "CE"
    view = comparison(losses, 4, base, labels=labels, **changes)
    drawn = compare_recall_count(view, LIGHT)
    return Subject(
        comparison=view,
        plots=(Plot("compare-recall-count", "Recall against training images", drawn),),
        runs=(),
        version="0.1.0",
        made_at="2026-11-25T04:00:00.000Z",
        address="/compare?runs=1,2",
    )


def hostile() -> Subject:
    """Hostile text in every place that a user can fill."""
    return subject(
        HOSTILE,
        warnings=HOSTILE,
        observations=tuple(Observation(text=text, figure="compare-recall-count") for text in HOSTILE),
        differences=(ConfigField(path="loss.name", label=HOSTILE[0], values=HOSTILE),),
    )
