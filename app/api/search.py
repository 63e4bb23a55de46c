"""/search: what could be typed next."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from app.search.parser import LONGEST
from app.urls import SEARCH
from app.views.completions import Completions, completions
from app.web.answers import answer
from app.web.deps import ReadSession

router = APIRouter(prefix=SEARCH, tags=["runs"])


@router.get("/completions", response_model=Completions)
def complete(
    session: ReadSession,
    q: Annotated[str, Query(max_length=LONGEST, description="A search, as typed so far.")] = "",
    at: Annotated[
        int | None, Query(ge=0, le=LONGEST, description="Place of the cursor; without, the end.")
    ] = None,
) -> Response:
    """Fields, signs and values of this board that could stand at the cursor."""
    return answer(completions(session, q, len(q) if at is None else min(at, len(q))))
