"""Named tokens: make, list, find by what a caller shows, withdraw.

A token is 256 random bits in letters. Nobody can guess it, so its SHA-256 keeps it as well as a slow hash
would, which is for what people think up and would cost every request a tenth of a second.
"""

import hashlib
import secrets
from collections.abc import Collection

from sqlalchemy import ColumnElement, func, or_, select, update
from sqlalchemy.orm import Session

from app.errors import ConflictError, NotFoundError
from app.store.clock import ahead, now
from app.store.tables import Token

MARK = "bb_"
"""Each token begins with it: one that got into a public place can be searched for."""
SHOWN = len(MARK) + 6
MOST_TOKENS = 200
USED_SECONDS = 60
DAY_SECONDS = 86_400


def digest_of(secret: str) -> str:
    """What the table holds of a token."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


def all_tokens(s: Session) -> list[Token]:
    """Those that were not withdrawn, oldest first."""
    return list(s.scalars(select(Token).order_by(Token.id)))


def add_token(s: Session, name: str, scope: str, days: int | None) -> tuple[Token, str]:
    """Make one, which ends after `days` where they are given, and what its holder has to show.

    That is told here and nowhere again. Raises ConflictError for a name that is taken, or where there are
    MOST_TOKENS.
    """
    if s.scalar(select(Token.id).where(Token.name == name)) is not None:
        raise ConflictError(f"There is a token {name!r} already.", "Take another name, or withdraw that one.")
    if (s.scalar(select(func.count()).select_from(Token)) or 0) >= MOST_TOKENS:
        raise ConflictError(f"There are {MOST_TOKENS} tokens, as many as are kept.", "Withdraw one first.")
    secret = MARK + secrets.token_urlsafe(32)
    made = Token(
        name=name,
        scope=scope,
        prefix=secret[:SHOWN],
        digest=digest_of(secret),
        created_at=now(),
        expires_at=None if days is None else ahead(days * DAY_SECONDS),
    )
    s.add(made)
    s.flush()
    return made, secret


def find_token(s: Session, digest: str) -> Token | None:
    """The one that has this digest and has not expired."""
    return s.scalar(select(Token).where(Token.digest == digest, _lasts()))


def withdraw(s: Session, name_or_id: str | int) -> Token:
    """Remove it, and with it the browsers that are signed in with it. Raises NotFoundError."""
    is_id = isinstance(name_or_id, int)
    found = s.scalar(select(Token).where((Token.id if is_id else Token.name) == name_or_id))
    if found is None:
        named = name_or_id if is_id else repr(name_or_id)
        raise NotFoundError(f"There is no token {named}.", "It may have been withdrawn already.")
    s.delete(found)
    s.flush()
    return found


def note_use(s: Session, token_ids: Collection[int]) -> None:
    """They were used now; written at most once in USED_SECONDS, whoever else writes it, too."""
    is_old = or_(Token.last_used_at.is_(None), Token.last_used_at < ahead(-USED_SECONDS))
    s.execute(update(Token).where(Token.id.in_(token_ids), is_old).values(last_used_at=now()))


def lasting(s: Session, digests: Collection[str]) -> set[str]:
    """Those of the digests that still are of a token."""
    return set(s.scalars(select(Token.digest).where(Token.digest.in_(digests), _lasts())))


def _lasts() -> ColumnElement[bool]:
    return or_(Token.expires_at.is_(None), Token.expires_at > now())
