"""/tokens: named tokens; make, list, withdraw. For the holder of the server's own token only.

Another one must not make tokens, which would outlive it, nor see which others there are.
"""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Path
from starlette.responses import Response

from app.errors import ConflictError
from app.schema_types import LARGEST_ID
from app.schemas import TokenBody
from app.store.tokens import add_token, all_tokens, withdraw
from app.urls import API, TOKENS
from app.views.tokens import NewToken, TokenList, new_token, token_list
from app.web.answers import answer
from app.web.deps import CallersDep, DatabaseDep, ReadSession, WriteSession
from app.web.refusals import may_raise
from app.web.rights import asks_right

router = APIRouter(prefix=f"{API}{TOKENS}", tags=["tokens"])


@router.get("", response_model=TokenList)
@asks_right("own")
def list_tokens(session: ReadSession) -> Response:
    """All that were not withdrawn; never what their holders show. Only with the server's own token."""
    return answer(token_list(all_tokens(session)))


@router.post("", response_model=NewToken, status_code=HTTPStatus.CREATED)
@asks_right("own")
@may_raise(ConflictError)
def create(body: TokenBody, session: WriteSession) -> Response:
    """Make one; `token` in the answer is told once. Only with the server's own token."""
    return answer(new_token(*add_token(session, body.name, body.scope, body.days)), HTTPStatus.CREATED)


@router.delete("/{token_id}", status_code=HTTPStatus.NO_CONTENT)
@asks_right("own")
def revoke(
    token_id: Annotated[int, Path(ge=1, le=LARGEST_ID, description="Number of the token.")],
    database: DatabaseDep,
    callers: CallersDep,
) -> None:
    """Withdraw it, at once, and sign out its browsers. Only with the server's own token."""
    with database.write() as session:
        withdraw(session, token_id)
    callers.forget()
