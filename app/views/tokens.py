"""Views of named tokens: one, the list, and a new one with what its holder has to show."""

from collections.abc import Iterable

from app.store.tables import Token
from app.views.base import View, same_named


class TokenView(View):
    """A named token; `prefix` is how it begins."""

    id: int
    name: str
    scope: str
    prefix: str
    created_at: str
    last_used_at: str | None
    """To the minute."""
    expires_at: str | None


class NewToken(TokenView):
    """A token that was just made. `token` is told once, here."""

    token: str


class TokenList(View):
    """All that were not withdrawn, oldest first."""

    items: tuple[TokenView, ...]


def token_list(tokens: Iterable[Token]) -> TokenList:
    """These."""
    return TokenList(items=tuple(TokenView(**same_named(TokenView, token)) for token in tokens))


def new_token(made: Token, secret: str) -> NewToken:
    """One that was just made."""
    return NewToken(**same_named(TokenView, made), token=secret)
