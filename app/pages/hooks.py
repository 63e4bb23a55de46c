"""/webhooks/...: the button on System that sends a test."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.runs.hooks.testing import owe_test
from app.urls import HOOKS
from app.web.deps import SettingsDep, WriteSession
from app.web.templating import see_other

router = APIRouter(include_in_schema=False)


@router.post(f"{HOOKS}/{{hook_id}}/test")
def test(request: Request, hook_id: str, session: WriteSession, settings: SettingsDep) -> Response:
    """Owe it a message, and back to the page that says whether it arrived."""
    owe_test(session, settings, hook_id)
    return see_other(request, "/system#webhooks")
