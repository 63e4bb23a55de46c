"""/compare/effects: what the fields do in which compared settings differ."""

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from app.comparing.baselines import refused
from app.comparing.effects.view import Effects
from app.comparing.query import CompareQuery, compare_query, source_of
from app.errors import NotFoundError
from app.urls import API
from app.web.answers import answer
from app.web.deps import FiguresDep, ReadSession, SettingsDep
from app.web.refusals import may_raise
from trainer.metrics.table import NAMES

router = APIRouter(prefix=f"{API}/compare/effects", tags=["compare"])


@router.get("", response_model=Effects)
@may_raise(NotFoundError)
def show(
    session: ReadSession,
    settings: SettingsDep,
    cache: FiguresDep,
    query: Annotated[CompareQuery, Depends(compare_query)],
) -> Response:
    """Main effects of every field that differs, pairs of fields that interact, and which field matters.

    Of `metric`, averaged over the other fields; `field` and `by` are paths of two fields to cross.
    """
    if query.metric.removeprefix("test_") not in NAMES:
        raise refused("metric", f"{query.metric!r} is not a figure on test; there are {', '.join(NAMES)}")
    return answer(source_of(query, session, settings, cache).effects)
