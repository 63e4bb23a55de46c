"""/compare without runs: what there is to choose from; for ?choose=RUN, what belongs to it is ticked."""

from typing import Any

from fastapi import Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from app.comparing.kin import kin_of
from app.errors import InvalidError
from app.figures.colours import setting_style
from app.store.runs import RunFilter
from app.urls import API
from app.views.runs.fill import Lines
from app.views.sweeps.fill import sweep_list
from app.web.templating import render
from trainer.errors import FieldProblem

RECENT, RECENT_SWEEPS = 30, 10
MOST_TICKED = 20
"""Settings that are compared at once; the browser counts the same (static/ticks.js)."""


def choose(request: Request, session: Session, lines: Lines) -> Response:
    """The page. Raises InvalidError for a `choose` that is no number, and NotFoundError."""
    chosen = _number(request.query_params.get("choose", ""))
    around = around_run(session, chosen)
    page = lines.page(session, RunFilter(), limit=RECENT)
    listed = {run_id for one in around["kin"] for run_id in one.run_ids}
    others = [run for run in page.items if run.id not in listed]
    context = {
        **around,
        "runs": page,
        "others": others,
        "styles": {run.id: setting_style(run.config) for run in others},
        "sweeps": sweep_list(session, RECENT_SWEEPS).items,
        "here": "/compare",
        "twin": f"{API}/runs?limit={RECENT}",
    }
    return render(request, "compare_choose.html", context)


def around_run(session: Session, chosen: int | None) -> dict[str, Any]:
    """What the ticks around a run are drawn from; none without a run. Raises NotFoundError."""
    kin = kin_of(session, chosen) if chosen is not None else ()
    styles = {one.setting_hash: setting_style(one.config) for one in kin}
    return {"chosen": chosen, "kin": kin, "ticked": MOST_TICKED, "kin_styles": styles}


def _number(text: str) -> int | None:
    if not text:
        return None
    if text.isascii() and text.isdigit() and len(text) < 19:
        return int(text)
    problem = FieldProblem("choose", "must be the number of a run")
    raise InvalidError("The comparison was refused: choose.", fields=[problem])
