"""Templates and static files: found in the checkout or inside the wheel, rendered with autoescape.

An undefined name in a template is an error, never an empty place. URLs in pages start with the root path
under which a proxy serves the app; static files carry a version, so that browsers may keep them for ever.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from functools import cache, lru_cache
from http import HTTPStatus
from importlib.metadata import version as installed_version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from sqlalchemy.exc import SQLAlchemyError
from starlette.responses import RedirectResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.templating import Jinja2Templates
from starlette.types import Scope

from app import formats
from app.figures.drawn import Kind, Value
from app.requirements import in_words
from app.views.runs.progress import progress_words
from app.views.system.fill import queue_state, version
from app.views.system.view import QueueView
from app.views.usage.view import PARTS
from app.web.callers import CALLER
from trainer.metrics.table import GROUPS

FOR_EVER = "public, max-age=31536000, immutable"
_HERE = Path(__file__).parents[1]

_SIGN = re.compile(r"(<mo[^>]*>(?!&#x00029;)[^<]*</mo>|<mspace[^>]*/>)<mo>&#x02212;</mo>")
_LN = re.compile(r"<mi>ln</mi>(?!<mo)")


def render(request: Request, name: str, context: Mapping[str, Any], status: int = 200) -> Response:
    """The template `name` as a page, with what every page needs: root path, version, queue, who looks."""
    shared = {
        "root": root_of(request),
        "version": version(),
        "queue": _queue(request),
        "assets": asset_version(),
        "plotly": plotly_name(),
        "who": request.scope.get(CALLER),
    }
    return _templates().TemplateResponse(request, name, {**shared, **context}, status_code=status)


def root_of(request: Request) -> str:
    """The path below which a proxy serves the app, without a slash at its end."""
    return str(request.scope.get("root_path", "")).rstrip("/")


def see_other(request: Request, path: str) -> RedirectResponse:
    """On to another page, after a form was carried out."""
    return RedirectResponse(root_of(request) + path, HTTPStatus.SEE_OTHER)


def render_text(name: str, context: Mapping[str, Any]) -> str:
    """The template `name` as text, for a file of its own: without root path and what pages share."""
    return _templates().get_template(name).render(context)


def mount_static(app: FastAPI) -> None:
    """Serve static/ under /static."""
    app.mount("/static", _Versioned(directory=asset_folder("static")), name="static")


@cache
def plotly_name() -> str:
    """File name under which pages ask for Plotly, such as plotly-7.1.0.min.js."""
    return f"plotly-{installed_version('plotly')}.min.js"


def plotly_source() -> Path:
    """Plotly's library inside the installed package, which is not imported for it."""
    spec = find_spec("plotly")
    assert spec is not None, "plotly is a dependency of betaboard"
    assert spec.origin is not None
    return Path(spec.origin).parent / "package_data" / "plotly.min.js"


@cache
def asset_version() -> str:
    """Eight digits that change when any static file does."""
    digest = hashlib.sha256()
    for path in sorted(asset_folder("static").rglob("*")):
        if path.is_file():
            digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:8]


class _Versioned(StaticFiles):
    """Static files that may be kept for ever where the URL names a version."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        versioned = scope["query_string"].startswith(b"v=")
        response.headers.setdefault("Cache-Control", FOR_EVER if versioned else "no-cache")
        return response


def asset_folder(name: str) -> Path:
    """A folder of the checkout (beside app/), or its copy inside the installed package."""
    inside = _HERE / name
    return inside if inside.is_dir() else _HERE.parent / name


@cache
def _templates() -> Jinja2Templates:
    environment = Environment(
        loader=FileSystemLoader(asset_folder("templates")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "percent": formats.percent,
        "change": formats.change,
        "brief": formats.brief,
        "significant": formats.significant,
        "count": formats.count,
        "short_count": formats.short_count,
        "size": formats.size,
        "duration": formats.duration,
        "ago": formats.ago,
        "utc": formats.utc,
        "setting": formats.setting,
        "typeset": formats.typeset,
        "cut": formats.cut,
        "cell": _cell,
        "note": _note,
        "required": lambda view: in_words(view.model_dump()),
        "math": mathml,
        "as_json": lambda value: json.dumps(value, indent=2, ensure_ascii=False),
    }
    environment.globals |= {
        "dash": formats.DASH,
        "GROUPS": GROUPS,
        "time_parts": PARTS,
        "progress_words": progress_words,
    }
    return Jinja2Templates(env=environment)


def _cell(value: Value, kind: Kind) -> str:
    """A value of a figure's table as people read it."""
    if value is None:
        return formats.DASH
    if isinstance(value, str):
        return value
    if kind == "percent":
        return formats.percent(value)
    return formats.significant(value) if kind == "loss" else formats.count(value)


def _note(text: str) -> Markup:
    """A note that somebody wrote, from Markdown."""
    from app.web.markdown import render_note  # a page without notes needs no parser

    return Markup(render_note(text))


def _queue(request: Request) -> QueueView | None:
    """What the top bar says; None where the database cannot say it (an error page must still render)."""
    try:
        with request.app.state.database.read() as session:
            return queue_state(session)
    except SQLAlchemyError:
        return None


@lru_cache(maxsize=2048)
def mathml(latex: str, display: str = "inline") -> Markup:
    """`latex` without dollar signs as a <math> element; display is "inline" or "block".

    A minus after an operator other than a closing bracket is a sign and stands close to its number; ln stands
    off its neighbours but a bracket.
    """
    from latex2mathml.converter import convert

    signed = _SIGN.sub(r'\1<mo form="prefix">&#x02212;</mo>', convert(latex, display=display))
    return Markup(_LN.sub('<mo form="prefix" lspace="0.167em" rspace="0.167em">ln</mo>', signed))
