"""/runs/{id}/adjust: a run's kept logits adjusted without training, and its figures before and after."""

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from app.comparing.kin import kin_of
from app.figures.adjusted import FIGURES
from app.figures.class_axis import ClassAxis, class_axis
from app.figures.colours import setting_style
from app.figures.theme import LIGHT
from app.store.runs import get_run
from app.urls import compare_page, run_api, run_page
from app.views.adjusted.caveats import read_config, why_no_norm
from app.views.adjusted.fill import adjusted
from app.views.adjusted.point import BOUNDS, NAMES, PRIOR_WORDS, Name
from app.views.adjusted.query import AdjustedQuery, Asked
from app.views.adjusted.view import Adjusted
from app.web.deps import ReadSession, RunId, SettingsDep
from app.web.panels import Panel, panel
from app.web.templating import render

router = APIRouter(include_in_schema=False)

_TITLES: dict[Name, tuple[str, str]] = {
    "tau": (
        "Tau of the prior",
        "logit adjustment, z − τ log π: 0 leaves the logits, 1 is for a balanced test set",
    ),
    "norm": (
        "Tau of the weights",
        "tau-normalisation, (z − b) / |w|^τ: empty leaves the logits, 1 makes all weights equally long",
    ),
    "temperature": (
        "Temperature",
        "temperature scaling, logits divided by it: changes how sure answers are, never the answers",
    ),
}
_MOST_SLID: dict[Name, float] = {"tau": 4, "norm": 4, "temperature": 5}
"""How far a slider goes; more can be typed."""


@dataclass(frozen=True)
class Field:
    """A number of the form: what was typed, what it came to, its slider, and the address that chooses it."""

    name: str
    title: str
    about: str
    typed: str
    value: float | None
    least: float
    most: float
    choose: str
    chosen_on: str


@router.get("/runs/{run_id}/adjust")
def show(
    request: Request, run_id: RunId, session: ReadSession, settings: SettingsDep, query: Asked
) -> Response:
    """The run as its address adjusts it."""
    view = adjusted(session, settings, run_id, query.point, query.epoch)
    text = urlencode(query.words)
    run = get_run(session, run_id)
    axis = class_axis([one.name for one in view.classes], [one.train_count for one in view.classes], "count")
    context = {
        "view": view,
        "query": query,
        "style": setting_style(run.config),
        "fields": tuple(_fields(view, query, has_norm=not why_no_norm(read_config(run.config)))),
        "prior_words": PRIOR_WORDS,
        "panels": _panels(view, run_id, text),
        "classes": _rows(view, axis),
        "groups": axis.groups,
        "into_compare": _into_compare(session, run_id, query),
        "path": run_page(run_id),
        "has_best": run.best is not None,
        "twin": f"{run_api(run_id, 'adjusted')}?{text}",
        "here": "/runs",
    }
    return render(request, "adjust.html", context)


def _fields(view: Adjusted, query: AdjustedQuery, has_norm: bool) -> Iterator[Field]:
    """Of what does something to this network."""
    on = "validation" if "validation" in view.images else "test"
    for name, number in zip(NAMES, view.numbers, strict=True):
        if name == "norm" and not has_norm:
            continue
        title, about = _TITLES[name]
        words = urlencode(query.words | {name: on})
        typed = query.words.get(name, "")
        yield Field(name, title, about, typed, number.value, BOUNDS[name][0], _MOST_SLID[name], words, on)


def _panels(view: Adjusted, run_id: int, query: str) -> dict[str, Panel]:
    return {
        name: panel(
            f"adjusted-{name}", title, draw(view, LIGHT), run_api(run_id, f"adjusted/figures/{name}"), query
        )
        for name, (title, draw) in FIGURES.items()
    }


def _rows(view: Adjusted, axis: ClassAxis) -> list[object]:
    return [view.classes[at] for at in axis.order]


def _into_compare(session: Session, run_id: int, query: AdjustedQuery) -> str:
    """The address of its setting's runs and the baseline's, this point a row; "" where nothing is asked."""
    if not query.point.words:
        return ""
    own, *others = kin_of(session, run_id)
    near = [own, *(kin for kin in others if kin.baseline)]
    ids = sorted({one for kin in near if kin.done for one in kin.run_ids} | {run_id})
    words = {"adjusted": f"{run_id}:{query.point.spec}"} | (
        {"epoch": "best"} if query.epoch == "best" else {}
    )
    return f"{compare_page(ids)}&{urlencode(words, safe=':=')}"
