"""/transfer/tasks/ID: one matrix: answers, matrix, policy, pictures, and the tables behind them."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Path, Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from app.errors import NotFoundError
from app.figures.theme import LIGHT
from app.lifecycle import ENDED
from app.pages.task_transfers.strip import strip_of
from app.runs.actions import ACTIONS, act
from app.schema_types import LARGEST_ID
from app.settings import Settings
from app.store.series import last_event_id
from app.task_transfers.asked import MOST_IMPORTANCE, Asked, Shown, asked, shown, to_label, usual_budget
from app.task_transfers.figures.matrix import matrix
from app.task_transfers.figures.policy_graph import policy_graph
from app.task_transfers.figures.sizes import by_size
from app.task_transfers.fill import get_task_transfer, task_policy, task_transfer_view
from app.task_transfers.readings import READINGS, WAYS, pairs_against, tasks_by_name, title_of
from app.task_transfers.rows import controls, expectations, networks, served, side_by_side
from app.task_transfers.view import TaskPolicyView, TaskTransferView
from app.urls import API, task_transfer_api, task_transfer_page
from app.views.runs.fill import legal_moves
from app.web.deps import ReadSession, SettingsDep, WriteSession
from app.web.panels import panel
from app.web.templating import render, see_other

router = APIRouter(include_in_schema=False)
JobId = Annotated[int, Path(ge=1, le=LARGEST_ID)]


@router.get("/transfer/tasks/{job_id}")
def show(
    request: Request,
    session: ReadSession,
    settings: SettingsDep,
    job_id: JobId,
    query: Annotated[Asked, Depends(asked)],
) -> Response:
    """One matrix, as its address asks for it."""
    view = task_transfer_view(session, settings, job_id)
    chosen = shown(view, query)
    archived_at = get_task_transfer(session, job_id).archived_at
    context = {
        "job": view,
        "chosen": chosen,
        "ended": ENDED,
        "archived_at": archived_at,
        "moves": [move for move in legal_moves(view.state, archived_at is not None) if move in ACTIONS],
        "twin": task_transfer_api(job_id),
        "here": "/datasets",
        **_parts(view, chosen, settings),
    }
    if (policy := _policy(session, settings, view, chosen)) is not None:
        context |= {"policy": policy, "graph": policy_graph(policy), "served": served(policy)}
    if view.state not in ENDED:
        context["stream"] = f"{API}/stream?after={last_event_id(session)}"
    return render(request, "task_transfer.html", context)


@router.post("/transfer/tasks/{job_id}/act")
def move(
    request: Request,
    session: WriteSession,
    job_id: JobId,
    action: Annotated[str, Form(pattern=f"^({'|'.join(ACTIONS)})$")],
) -> Response:
    """One of the moves that the page offers."""
    act(session, get_task_transfer(session, job_id), action)
    return see_other(request, task_transfer_page(job_id))


def _policy(
    session: Session, settings: Settings, view: TaskTransferView, chosen: Shown
) -> TaskPolicyView | None:
    """None before every target has all that could serve it."""
    if view.answers is None:
        return None
    try:
        return task_policy(session, settings, view.id, chosen.budget, chosen.importance_text)
    except NotFoundError:
        return None


def _parts(view: TaskTransferView, chosen: Shown, settings: Settings) -> dict[str, Any]:
    """Figures, pictures and tables."""
    tuned = f"{WAYS[chosen.way]}, " if chosen.way == "finetune" else ""
    title = f"{READINGS[chosen.show].title}, {tuned}{chosen.matrix_images:,} images"
    drawn = matrix(view, chosen.show, chosen.matrix_images, LIGHT, chosen.way)
    figures = task_transfer_api(view.id, "figures")
    sizes = by_size(view, chosen.target, LIGHT)
    return {
        "readings": READINGS,
        "ways": WAYS,
        "side_by_side": side_by_side(view),
        "matrix": panel("matrix", title, drawn, f"{figures}/matrix", chosen.matrix_query),
        "sizes": panel(
            "sizes", f"Gain for {chosen.target}", sizes, f"{figures}/sizes", f"target={chosen.target}"
        ),
        "strip": strip_of(view, settings.datasets_dir, chosen.target, chosen.images),
        "target": tasks_by_name(view).get(chosen.target),
        "title_of": title_of,
        "pairs_against": pairs_against,
        "policy": None,
        "usual_budget": usual_budget(view),
        "most_budget": max(chosen.budget, to_label(view)),
        "most_importance": int(MOST_IMPORTANCE),
        "expectations": expectations(view),
        "controls": controls(view),
        "networks": networks(view),
    }
