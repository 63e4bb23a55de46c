"""/webhooks: whether what ended has been told, and a message that only tests that. They stand in settings."""

from http import HTTPStatus

from fastapi import APIRouter
from starlette.responses import Response

from app.runs.hooks.testing import owe_test
from app.urls import API, HOOKS
from app.views.hooks import HookList, hook_views
from app.web.answers import answer
from app.web.deps import ReadSession, SettingsDep, WriteSession

router = APIRouter(prefix=f"{API}{HOOKS}", tags=["system"])


@router.get("", response_model=HookList)
def list_hooks(session: ReadSession, settings: SettingsDep) -> Response:
    """Each by its host, with what it is owed and why the last attempt failed; never its address."""
    return answer(HookList(items=hook_views(session, settings.hooks)))


@router.post("/{hook_id}/test", response_model=HookList, status_code=HTTPStatus.ACCEPTED)
def test(hook_id: str, session: WriteSession, settings: SettingsDep) -> Response:
    """Owe it a message; whether that arrives, the list says within seconds."""
    owe_test(session, settings, hook_id)
    return answer(HookList(items=hook_views(session, settings.hooks)), HTTPStatus.ACCEPTED)
