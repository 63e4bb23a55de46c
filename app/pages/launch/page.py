"""/runs/new: the form of a new run or sweep with a preview of what will happen, and the launch."""

import hashlib
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from http import HTTPStatus
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Form, Query, Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from app.errors import ConflictError, InvalidError
from app.known import check_names, reads_query
from app.pages.launch.body import at_form_fields, own_fields, parts, read_form, without_effect
from app.pages.launch.fields import usual_thinning
from app.pages.launch.form import TEXTS, build_form
from app.pages.launch.preview import launch_preview
from app.pages.launch.recipe import at_recipe, read_recipe
from app.pages.launch.start import filled, parent
from app.runs import actions, sweep_actions
from app.runs.recipes import preset_names, save
from app.schema_types import LARGEST_ID
from app.schemas import LaunchBody, SweepBody
from app.settings import Settings
from app.store.engine import Database
from app.store.recipes import delete_recipe
from app.urls import API, run_page, sweep_page
from app.views.preview.control import with_control
from app.views.system.fill import meta
from app.web.callers import caller_of, demand
from app.web.deps import DatabaseDep, ReadSession, SettingsDep, WriteSession
from app.web.rights import asks_right
from app.web.templating import render, see_other
from trainer.config_fields import as_text, leaf_fields, takes_list
from trainer.config_presets import ABOUT
from trainer.errors import FieldProblem
from trainer.methods import BY_HAND, PLAIN, compared_paths, methods
from trainer.plugins import problems as plugin_problems

router = APIRouter(include_in_schema=False)

ALSO = "also."
"""Before the path of a choice: another word that is run beside the one selected."""

_WORDS = ("clone", "preset", "vary")
_BOXES = ("method", "tuned")
_BUTTONS = ("do", "key", "clone", "preset", "reuse")


async def typed_fields(request: Request) -> dict[str, str]:
    """What the form sent. Ticked boxes are listed with commas: methods, and behind a choice its "also."."""
    form = await request.form()
    names = (name.removeprefix(ALSO) for name in form)
    check_names("form", names, [*_fields(), *_BUTTONS])
    typed: dict[str, str] = {}
    for name, value in form.multi_items():
        if isinstance(value, str):
            path = name.removeprefix(ALSO)
            before = parts(typed.get(path, "")) if path != name or path in _BOXES else []
            typed[path] = ", ".join(dict.fromkeys((*before, value)))
    return typed


def _fields() -> list[str]:
    """Names of all that may be typed: a run's fields, those of methods, and what is said of the launch."""
    own = (field for name in methods() for field in own_fields(name).values())
    return [*leaf_fields(), *own, *TEXTS, *_BOXES]


Typed = Annotated[dict[str, str], Depends(typed_fields)]


@router.get("/runs/new")
@reads_query()
def show(
    request: Request,
    session: ReadSession,
    settings: SettingsDep,
    clone: Annotated[int | None, Query(ge=1, le=LARGEST_ID)] = None,
    preset: str | None = None,
    vary: str = "",
) -> Response:
    """The form, filled with the defaults, a preset, or another run's configuration; `vary` has the focus.

    Any field may stand in the address beside these, under its dotted path: `?loss.beta=0.99, 0.999`.
    """
    asked = asked_fields(request.query_params)
    typed = _over(filled(session, clone, preset), asked)
    by_hand = clone is not None or any(path in compared_paths() for path in (vary, *asked))
    typed = {"method": BY_HAND if by_hand or not _is_plain(typed) else PLAIN} | typed
    return _page(request, session, settings, typed, focus=vary)


def _is_plain(typed: Mapping[str, str]) -> bool:
    """Whether the fields of methods say what the plain method is."""
    plain, paths = methods()[PLAIN], set(compared_paths()) - without_effect(typed)
    return all(typed.get(path) == as_text(plain.usual(path)) for path in paths if path in typed)


def asked_fields(query: Mapping[str, str]) -> dict[str, str]:
    """What an address puts into fields of the form. Raises InvalidError for a word that is no field."""
    fields = {word: text for word, text in query.items() if word not in _WORDS}
    known = _fields()
    odd = [word for word in fields if word not in known]
    unknown = [FieldProblem(word, f"is no field of a run{_meant(word, known)}") for word in odd]
    if unknown:
        said = "; ".join(f"{problem.path} {problem.message}" for problem in unknown)
        raise InvalidError(f"The address was refused: {said}.", fields=unknown)
    return usual_thinning(fields) | fields


def _meant(word: str, known: Sequence[str]) -> str:
    near = get_close_matches(word, known, 1)
    return f"; {near[0]} is" if near else ""


def _over(typed: Mapping[str, str], asked: Mapping[str, str]) -> dict[str, str]:
    """`asked` over `typed`; a field that `typed` leaves out and that now has an effect gets its default."""
    if not asked:
        return dict(typed)
    whole, leaves = {**typed, **asked}, leaf_fields()
    idle = without_effect(whole)
    empty = [path for path in leaves if whole.get(path) == "" and path not in idle]
    gaps = {path for path in empty if not takes_list(path) and leaves[path].default is not None}
    return {path: text for path, text in whole.items() if path not in gaps}


@router.post("/runs/new")
@asks_right("read")
def launch(
    request: Request, session: ReadSession, database: DatabaseDep, settings: SettingsDep, typed: Typed
) -> Response:
    """Queue run or sweep and go to its page; the form again, as it was typed, for a preview or a refusal."""
    if typed.get("do") == "preview":
        return _page(request, session, settings, typed)
    demand(caller_of(request), "write", "to launch or to save")
    try:
        page = _saved(database, typed) if typed.get("do") == "save" else _launched(database, settings, typed)
    except InvalidError as error:
        return _page(request, session, settings, typed, error)
    return see_other(request, page)


@router.post("/runs/new/forget")
def forget(request: Request, session: WriteSession, recipe: Annotated[str, Form()]) -> Response:
    """Delete a saved preset, and go to the form of the defaults."""
    delete_recipe(session, recipe)
    return see_other(request, "/runs/new")


def _saved(database: Database, typed: Mapping[str, str]) -> str:
    """Address of the form that begins with what was typed, now a preset. Raises InvalidError."""
    body = read_recipe(typed)
    try:
        with database.write() as session:
            save(session, body)
    except ConflictError as error:
        problem = FieldProblem("recipe", f"{error.message} {error.hint}")
        raise InvalidError("The recipe was refused: recipe.", fields=[problem]) from error
    except InvalidError as error:
        raise at_recipe(error) from error
    return f"/runs/new?{urlencode({'preset': body.name, **_kept(typed)})}"


def _kept(typed: Mapping[str, str]) -> dict[str, str]:
    """What stays in the form when it begins with another preset: methods, their own fields, seeds, texts."""
    own = {"seed", *_fields()} - (leaf_fields().keys() - {"seed"}) - {"recipe"}
    usual = {"method": PLAIN, "seed": "0"}
    return {name: text for name, text in typed.items() if name in own and text not in ("", usual.get(name))}


def _launched(database: Database, settings: Settings, typed: Mapping[str, str]) -> str:
    """Path of the page of what was launched, its control with it if asked for. Raises InvalidError."""
    body = read_form(typed)
    if typed.get("do") == "control":
        body = with_control(settings, body) or body
    key = _key(typed, body)
    if isinstance(body, SweepBody):
        return sweep_page(sweep_actions.launch_sweep(database, settings, body, key)[0])
    return run_page(actions.launch(database, settings, body, key)[0])


def _key(typed: Mapping[str, str], body: LaunchBody | SweepBody) -> str:
    """The same form sent twice launches once; changed and sent again, it launches again."""
    digest = hashlib.sha256(body.model_dump_json().encode()).hexdigest()
    return f"{typed.get('key', '')[:64]}-{digest[:16]}"


def _page(
    request: Request,
    session: Session,
    settings: Settings,
    typed: Mapping[str, str],
    refusal: InvalidError | None = None,
    focus: str = "",
) -> Response:
    view = launch_preview(session, settings, typed)
    facts = meta(session, settings)
    problems = at_form_fields(refusal.fields, typed) if refusal else view.problems
    context = {
        "form": build_form(facts.fields, typed, problems, facts.datasets, parent(session, typed)),
        "presets": {name: ABOUT.get(name, "") for name in preset_names(session)},
        "preset": typed.get("preset", ""),
        "kept": urlencode(_kept(typed)),
        "clone": typed.get("clone", ""),
        "focus": focus,
        "preview": view.run,
        "sweep": view.sweep,
        "control_offer": view.control,
        "counts": view.counts,
        "bands": view.bands,
        "rates": view.rates,
        "launch_refused": refusal is not None,
        "plugin_problems": plugin_problems(),
        "twin": f"{API}/meta",
        "here": "/runs",
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if refusal else HTTPStatus.OK
    return render(request, "launch.html", context, status)
