"""The form that extends a sweep: what was typed or sent as JSON, and what it would cost."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Request
from sqlalchemy.orm import Session

from app.comparing.next_steps.actions import more_of_all, more_of_one
from app.comparing.next_steps.scopes import scope_of_sweep
from app.errors import AppError, InvalidError
from app.formats import counted, duration
from app.known import check_names
from app.pages.runs.config_table import group_of
from app.refusals import shown
from app.schemas import ExtendBody, read
from app.settings import Settings
from app.views.sweeps.previews import extension_preview
from app.views.sweeps.view import ExtensionPreview, SweepDetail
from trainer.config_fields import leaf_fields
from trainer.config_meaning import SEEDS, title_of
from trainer.errors import ConfigError, FieldProblem
from trainer.sweep_text import parse_axis

MOST_SEEDS = 100
_FIELDS = ("more", "setting", "path", "values", "cells", "do", "body", "back")
_USUAL = {"more": "3", "setting": "", "path": "", "values": ""}


async def extend_fields(request: Request) -> dict[str, str]:
    """What the form sent, its words only."""
    form = await request.form()
    check_names("form", form.keys(), _FIELDS)
    return {name: value for name, value in form.multi_items() if isinstance(value, str)}


ExtendTyped = Annotated[dict[str, str], Depends(extend_fields)]


@dataclass(frozen=True)
class ExtendForm:
    """What stands in the form, the fields that an axis may be of (path, label), and the cost or refusal."""

    typed: Mapping[str, str]
    axes: tuple[tuple[str, str], ...]
    cost: str = ""
    refusal: AppError | None = None


def extend_form(
    session: Session,
    settings: Settings,
    sweep: SweepDetail,
    typed: Mapping[str, str] | None = None,
    refusal: AppError | None = None,
) -> ExtendForm:
    """The form with `typed` in it, failing that three more seeds; `refusal` is what sending it came to."""
    filled, cost = {**_USUAL, **(typed or {})}, ""
    if typed is None:
        scope = scope_of_sweep(session, sweep.id)
        _, cost = more_of_all(scope, [row.config for row in sweep.rows], int(_USUAL["more"]))
    elif refusal is None:
        try:
            body = typed_extension(session, sweep, filled)
            cost = cost_in_words(extension_preview(session, settings, sweep.id, body))
        except AppError as error:
            refusal = error
    paths = sorted(leaf_fields().keys() - set(SEEDS), key=list(leaf_fields()).index)
    paths.sort(key=lambda path: path not in sweep.axes)
    return ExtendForm(filled, tuple(zip(paths, _told_apart(paths), strict=True)), cost, refusal)


def _told_apart(paths: Sequence[str]) -> Iterator[str]:
    """The title of each field, with its group where another of them has this title."""
    titles = [title_of(path) for path in paths]
    alike = Counter(titles)
    for path, title in zip(paths, titles, strict=True):
        yield f"{title} ({group_of(path).lower()})" if alike[title] > 1 else title


def cost_in_words(view: ExtensionPreview) -> str:
    """Such as "12 runs, 72 epochs, about 3 min; 2 used again"."""
    words = f"{counted(view.cells_new, 'run')}, {counted(view.epochs, 'epoch')}"
    words += "" if view.estimated_seconds is None else f", about {duration(view.estimated_seconds)}"
    words += f"; {view.cells_reused} used again" if view.cells_reused else ""
    return " ".join([f"{words}.", *view.warnings]) if view.warnings else words


def sent_extension(text: str) -> ExtendBody:
    """The body that an action's form holds as JSON. Raises InvalidError."""
    try:
        data = json.loads(text)
    except ValueError as error:
        problem = FieldProblem("body", f"must be JSON, got {shown(text)}")
        raise InvalidError("The request was refused: body.", fields=[problem]) from error
    if not isinstance(data, dict):
        problem = FieldProblem("body", "must be an object")
        raise InvalidError("The request was refused: body.", fields=[problem])
    return read(ExtendBody, data)


def typed_extension(session: Session, sweep: SweepDetail, typed: Mapping[str, str]) -> ExtendBody:
    """What was typed: so many more seeds (of one setting, or of all), and values of one field.

    "cells" is how many the sweep had when the form was made: sent twice, it asks for the same seeds twice.
    Raises InvalidError naming "more", "cells", "setting" or "axes.PATH".
    """
    body: dict[str, Any] = {"axes": {}}
    how_many = _number(typed.get("more", ""))
    configs = {row.setting_hash: row.config for row in sweep.rows}
    if how_many:
        scope, one = scope_of_sweep(session, sweep.id, cells=_cells(typed)), typed.get("setting", "")
        if one and one not in configs:
            raise _refused("setting", "is no setting of this sweep")
        whole = list(configs.values())
        body = more_of_one(scope, configs[one], how_many) if one else more_of_all(scope, whole, how_many)[0]
    path, values = typed.get("path", ""), typed.get("values", "").strip()
    if values:
        try:
            body["axes"] = body["axes"] | {path: parse_axis(path, values)}
        except ConfigError as error:
            raise InvalidError("The extension was refused.", error.hint, error.fields) from error
    return read(ExtendBody, body)


def _cells(typed: Mapping[str, str]) -> int | None:
    """How many cells the sweep had for whoever sent the form; None where it does not say."""
    text = typed.get("cells", "")
    if text and not (text.isascii() and text.isdigit() and len(text) < 9):
        raise _refused("cells", f"must be a number of cells, got {shown(text)}")
    return int(text) if text else None


def _number(text: str) -> int:
    text = text.strip() or "0"
    if not (text.isascii() and text.isdigit() and int(text[:9]) <= MOST_SEEDS):
        raise _refused("more", f"must be a whole number up to {MOST_SEEDS}, got {shown(text)}")
    return int(text)


def _refused(name: str, message: str) -> InvalidError:
    return InvalidError(f"The extension was refused: {name}.", fields=[FieldProblem(name, message)])
