"""/theory/dead-relu: what chosen runs show about dead units, and the preset sweep that shows it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import uuid4

from fastapi import APIRouter, Depends, Form, Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from app.comparing.dead_relu.changes import Names, flat_of, value_word
from app.comparing.dead_relu.figure import dead_relu_rate
from app.comparing.dead_relu.fill import PRESET, UnitsQuery, units_query
from app.comparing.dead_relu.view import DeadUnits, SettingUnits
from app.errors import NotFoundError
from app.figures.theme import LIGHT
from app.pages.sweeps.words import axes_in_words, baseline_in_words
from app.runs import sweep_actions
from app.schemas import SweepBody, read
from app.settings import Settings
from app.store.series import last_event_id
from app.urls import API
from app.views.setting_labels import differing_fields
from app.views.sweeps.fill import sweep_list
from app.views.sweeps.previews import sweep_preview
from app.web.deps import DatabaseDep, ReadSession, SettingsDep
from app.web.panels import panel
from app.web.templating import render, see_other
from trainer.config_meaning import short_word

router = APIRouter(include_in_schema=False)

MOST_COLUMNS = 10
"""Epochs that the table has a column for; of more, evenly spread ones with the first and the last."""

_PATH = "/theory/dead-relu"
_RECENT = 8


@dataclass(frozen=True)
class Row:
    """A setting with its share of dead units by layer and shown epoch; None where there is no figure.

    `fields` are its values of what differs among the settings, `name` the same in one line.
    """

    setting: SettingUnits
    name: str
    fields: tuple[str, ...]
    shares: tuple[tuple[float | None, ...], ...]
    zeros: tuple[float | None, ...]


@router.get(_PATH)
def show(
    request: Request,
    session: ReadSession,
    settings: SettingsDep,
    asked: Annotated[UnitsQuery, Depends(units_query)],
) -> Response:
    """The figures of the asked-for runs, or what to launch to get some."""
    query = asked.settled(session)
    units = _units(query, session)
    epochs = _shown_epochs(units)
    differing = differing_fields([flat_of(setting) for setting in units.settings])
    title, figure = "Dead units against the learning rate", dead_relu_rate(units, LIGHT)
    context = {
        "query": query,
        "units": units,
        "epochs": epochs,
        "differing": [short_word(path) for path in differing],
        "rows": _rows(units, differing, epochs),
        "places": {one.layer: one.place for setting in units.settings for one in setting.layers},
        "panel": panel("dead-relu-rate", title, figure, f"{API}{_PATH}/figures/rate", query.text),
        "sweeps": sweep_list(session, _RECENT).items,
        "preset": _preset(session, settings),
        "key": uuid4().hex,
        "here": "/theory",
        "twin": f"{API}{_PATH}?{query.text}",
        "stream": f"{API}/stream?after={last_event_id(session)}",
    }
    return render(request, "theory_dead_relu.html", context)


@router.post(_PATH)
def launch(
    request: Request, database: DatabaseDep, settings: SettingsDep, key: Annotated[str, Form(max_length=64)]
) -> Response:
    """Queue the preset sweep and go to where it will be read."""
    sweep_id, _ = sweep_actions.launch_sweep(database, settings, read(SweepBody, PRESET), key)
    return see_other(request, f"{_PATH}?sweep={sweep_id}")


def _preset(session: Session, settings: Settings) -> Mapping[str, Any]:
    """The preset in words, with what it would cost."""
    body = read(SweepBody, PRESET)
    return {
        "notes": body.notes,
        "axes": axes_in_words(body.axes),
        "baselines": [baseline_in_words(overrides) for overrides in body.baselines],
        "cost": sweep_preview(session, settings, body),
    }


def _shown_epochs(units: DeadUnits) -> list[int]:
    layers = [layer for setting in units.settings for layer in setting.layers]
    known = sorted({point.epoch for layer in layers for point in layer.points})
    if len(known) <= MOST_COLUMNS:
        return known
    steps = range(MOST_COLUMNS)
    return [known[round(step * (len(known) - 1) / (MOST_COLUMNS - 1))] for step in steps]


def _units(query: UnitsQuery, session: Session) -> DeadUnits:
    """Raises NotFoundError, which says where there is something to see."""
    try:
        return query.units(session)
    except NotFoundError as error:
        hint = f"The page without a number shows the newest sweep of the preset: {_PATH}"
        raise NotFoundError(error.message, hint) from error


def _rows(units: DeadUnits, differing: Sequence[str], epochs: Sequence[int]) -> list[Row]:
    names, rows = Names(units.settings), []
    for setting in units.settings:
        flat, found = flat_of(setting), [setting.layer(one) for one in units.layers]
        fields = tuple(value_word(flat.get(path)) for path in differing)
        by_epoch = [{point.epoch: point.dead for point in layer.points} if layer else {} for layer in found]
        shares = tuple(tuple(one.get(epoch) for epoch in epochs) for one in by_epoch)
        zeros = tuple(layer.zeros if layer else None for layer in found)
        rows.append(Row(setting, names.of(setting), fields, shares, zeros))
    return rows
