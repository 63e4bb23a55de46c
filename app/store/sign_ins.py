"""Browsers that are signed in: begin, find, end one or all of a token."""

from collections.abc import Collection

from sqlalchemy import ColumnElement, and_, delete, or_, select
from sqlalchemy.orm import Session

from app.store.clock import ahead, now
from app.store.tables import SignIn, Token

KEPT_SECONDS = 30 * 86_400
MOST_OF_A_TOKEN = 1000
"""Beyond that the oldest ends, so that nobody fills the table by signing in again and again."""
_ITS_TOKEN = SignIn.token_id == Token.id


def begin(s: Session, digest: str, token_id: int | None) -> None:
    """A browser has signed in with this token, None for the server's own."""
    s.execute(delete(SignIn).where(SignIn.expires_at <= now()))
    newest = select(SignIn.digest).where(_of(token_id)).order_by(SignIn.created_at.desc())
    too_many = list(s.scalars(newest.offset(MOST_OF_A_TOKEN - 1)))
    s.execute(delete(SignIn).where(SignIn.digest.in_(too_many)))
    s.add(SignIn(digest=digest, token_id=token_id, created_at=now(), expires_at=ahead(KEPT_SECONDS)))


def find(s: Session, digest: str) -> tuple[SignIn, Token | None] | None:
    """The one of this digest with its token, None for the server's own, where neither has ended."""
    asked = select(SignIn, Token).outerjoin(Token, _ITS_TOKEN).where(SignIn.digest == digest, _lasts())
    found = s.execute(asked).first()
    return None if found is None else (found.SignIn, found.Token)


def end(s: Session, digests: Collection[str]) -> None:
    """The browsers have signed out."""
    s.execute(delete(SignIn).where(SignIn.digest.in_(digests)))


def end_all(s: Session, token_id: int | None) -> None:
    """Every browser that signed in with this token has to do so again."""
    s.execute(delete(SignIn).where(_of(token_id)))


def lasting(s: Session, digests: Collection[str]) -> set[str]:
    """Those of the digests that still are of a browser that is signed in."""
    asked = select(SignIn.digest).outerjoin(Token, _ITS_TOKEN)
    return set(s.scalars(asked.where(SignIn.digest.in_(digests), _lasts())))


def _of(token_id: int | None) -> ColumnElement[bool]:
    return SignIn.token_id.is_(None) if token_id is None else SignIn.token_id == token_id


def _lasts() -> ColumnElement[bool]:
    """Neither it nor its token, where that is a named one, has ended; asked over both tables."""
    moment = now()
    of_token = or_(Token.expires_at.is_(None), Token.expires_at > moment)
    return and_(SignIn.expires_at > moment, of_token)
