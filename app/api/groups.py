"""/runs/groups: the runs of a list by setting, with what each comes to, by sweep, data set or tag."""

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from app.api.run_words import RunWords, SearchWord
from app.comparing.group_views import RunGroups
from app.comparing.groups import MOST_GROUPS, Asked, run_groups
from app.comparing.samples import kept_predictions
from app.schema_types import By
from app.urls import API
from app.web.answers import answer
from app.web.deps import ReadSession, SettingsDep

router = APIRouter(prefix=f"{API}/runs", tags=["runs"])


@router.get("/groups", response_model=RunGroups)
def groups(
    session: ReadSession,
    settings: SettingsDep,
    words: RunWords,
    by: Annotated[By, Query(description="What the runs of a group share.")] = "setting",
    q: SearchWord = "",
    baseline: Annotated[str | None, Query(max_length=64, description="Hash of a setting.")] = None,
    limit: Annotated[int, Query(ge=1, le=MOST_GROUPS)] = MOST_GROUPS,
    cursor: Annotated[str | None, Query(description="next_cursor of the page before.")] = None,
) -> Response:
    """A page of groups of what the list holds; at most 25 settings, which are compared with one another."""
    asked = Asked(replace(words, q=q), by, baseline, limit, cursor)
    return answer(run_groups(session, asked, kept_predictions(settings)))
