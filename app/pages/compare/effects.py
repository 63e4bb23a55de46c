"""/compare/effects: which of the fields that differ among compared settings matter, and what bears it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from app.comparing.effects.view import Effects
from app.comparing.figures.field import compare_field
from app.comparing.figures.registry import figures_of_fields
from app.comparing.figures.source import Source
from app.comparing.parts import parting_note
from app.comparing.query import OF_FIGURES, CompareQuery, compare_query, source_of
from app.comparing.view import VERDICTS
from app.figures.metric_words import metric_word
from app.figures.theme import LIGHT
from app.pages.compare.controls import effects_controls
from app.pages.sweeps.words import AddedQuery, added_to
from app.urls import API
from app.web.deps import FiguresDep, ReadSession, SettingsDep
from app.web.panels import Panel, panel, panels
from app.web.templating import render, see_other

router = APIRouter(include_in_schema=False)

PATH = "/compare/effects"
MOST_MULTIPLES = 12
MOST_DIFFERENCES = 3
"""Of a field, in the table; all of them stand in the data of the figure."""
WORDS = {"apart": "apart", "same": VERDICTS["same"], "unknown": VERDICTS["unknown"]}


@router.get(PATH)
def show(
    request: Request,
    session: ReadSession,
    settings: SettingsDep,
    cache: FiguresDep,
    query: Annotated[CompareQuery, Depends(compare_query)],
    added: AddedQuery = None,
) -> Response:
    """The page of these runs or of a sweep; where none are named, those to choose. Raises NotFoundError."""
    if not query.names_runs:
        return see_other(request, "/compare")
    source = source_of(query, session, settings, cache)
    told = {"added": added_to(session, query.sweep, added)}
    return render(request, "effects.html", {**_context(source, query), **told})


def _context(source: Source, query: CompareQuery) -> Mapping[str, Any]:
    view = source.effects
    drawn = ["compare-effects", *(one.name for one in figures_of_fields(view))]
    words = query.only(OF_FIGURES)
    is_open = view.unfinished is not None
    return {
        "effects": view,
        "query": query,
        "answer": _answer(view),
        "panels": panels(source, dict.fromkeys(drawn), words),
        "multiples": _multiples(view, query),
        "crossed": _crossed(view, query),
        "controls": effects_controls(view, query, source.request.options.tuned),
        "words": WORDS,
        "word": metric_word(view.metric),
        "most": MOST_DIFFERENCES,
        "note": parting_note(one for field in view.fields for one in field.differences),
        "run_count": sum(len(cell.run_ids) for cell in view.cells),
        "twin": f"{API}{PATH}?{words}",
        "stream": f"{API}/stream" if is_open else None,
        "here": "/compare",
    }


def _answer(view: Effects) -> str:
    """The answer in a few words: the fields that matter, by themselves or with another."""
    if view.answer != "yes":
        return "Cannot tell yet" if view.answer == "unknown" else "None"
    words = ", ".join(one.word for one in view.fields if one.answer == "matters" or one.interacts_with)
    return words[:1].upper() + words[1:]


def _multiples(view: Effects, query: CompareQuery) -> list[Panel]:
    """The metric against each field, on one vertical axis."""
    found = []
    for field in view.fields[:MOST_MULTIPLES]:
        drawn = compare_field(view, field.key, False, LIGHT)
        words = _words(query, field.key, "")
        found.append(
            panel(
                f"field-{field.key.replace('.', '-')}",
                field.label,
                drawn,
                f"{API}/figures/compare-field",
                words,
            )
        )
    return found


def _crossed(view: Effects, query: CompareQuery) -> Panel | None:
    """The metric against one field, a line a level of the second; None where there are no two."""
    if view.crossing is None:
        return None
    drawn = compare_field(view, "", True, LIGHT)
    words = _words(query, view.crossing.field, view.crossing.by)
    return panel("compare-field", "One against the other", drawn, f"{API}/figures/compare-field", words)


def _words(query: CompareQuery, field: str, by: str) -> str:
    return replace(query, field=field, by=by).only(OF_FIGURES)
