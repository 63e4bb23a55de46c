"""Goes along a search from place to place; refuses what stands at one."""

import re
from collections.abc import Sequence
from typing import NoReturn

from app.errors import SearchError
from app.search.values import Given

SPACE = re.compile(r"\s*")
SEPARATOR = re.compile(r"[\s,]*")
SIGN = re.compile(r"<=|>=|!=|<>|==|[=<>:~]")
WORD = re.compile(r"(?:(?!!=)[^\s()<>=~:,])+")
_QUOTED = re.compile(r"\"((?:\\.|[^\"\\])*)\"|'((?:\\.|[^'\\])*)'", re.DOTALL)
_WORDS = {word: re.compile(rf"{word}(?![^\s()\"'])", re.IGNORECASE) for word in ("and", "or", "not")}


class Scanner:
    """A search, and the place in it that comes next."""

    def __init__(self, query: str) -> None:
        self.query, self.at = query, 0

    @property
    def is_done(self) -> bool:
        """Whether nothing is left."""
        return self.at == len(self.query)

    def sees(self, text: str) -> bool:
        """Whether this comes next."""
        return self.query.startswith(text, self.at)

    def next(self, what: re.Pattern[str]) -> re.Match[str] | None:
        """What comes next, if it is this; the place stays."""
        return what.match(self.query, self.at)

    def take(self, what: re.Pattern[str]) -> str:
        """Pass by what comes next, if it is this; "" where it is not."""
        found = self.next(what)
        if found is None:
            return ""
        self.at = found.end()
        return found[0]

    def sees_word(self, word: str) -> bool:
        """Whether `and`, `or` or `not` comes next, after what separates words."""
        self.take(SEPARATOR)
        return self.next(_WORDS[word]) is not None

    def takes_word(self, word: str) -> bool:
        """Pass by that word, and what separates it from the next, if it comes next."""
        if not self.sees_word(word):
            return False
        self.take(_WORDS[word])
        self.take(SEPARATOR)
        return True

    def quoted(self) -> Given | None:
        """Pass by text in quotation marks, if it comes next. Raises SearchError where it does not end."""
        found = self.next(_QUOTED)
        if found is None:
            if self.sees("'") or self.sees('"'):
                self.refuse("This quotation mark is not closed", self.at, self.at + 1)
            return None
        self.at = found.end()
        inside = found[1] if found[1] is not None else found[2]
        return Given(re.sub(r"\\(.)", r"\1", inside, flags=re.DOTALL), found.start(), found.end(), True)

    def refuse_next(self) -> NoReturn:
        """Say that something is missing here."""
        if self.is_done:
            self.refuse("Something is missing at the end", self.at, self.at + 1)
        sign = self.query[self.at]
        said = "Something is missing before )" if sign == ")" else f"A field is missing before {sign}"
        self.refuse(said, self.at, self.at + 1)

    def refuse(
        self, said: str, start: int, end: int, hint: str = "", readings: Sequence[str] = ()
    ) -> NoReturn:
        """Raise the error about the characters from `start` to `end`."""
        raise SearchError(f"{said}.", hint, self.query, start, end - start, readings)
