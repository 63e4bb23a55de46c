"""The view of what could stand at a place in a search: fields, values and words that this board knows."""

import re
from collections.abc import Iterable, Iterator
from typing import Literal

from sqlalchemy.orm import Session

from app.errors import SearchError
from app.search.fields import known_fields, plain, short_names
from app.search.parser import Parser
from app.search.tree import Field
from app.store.vocabulary import StoredVocabulary
from app.views.base import View

MOST = 12
_ENDS_WORD = re.compile(r"[^\s()<>=~:,]*\Z")
_QUOTES = ("'", '"')
_GOES_ON = {"field": re.compile(r"[^\s()<>=~:,]*"), "value": re.compile(r"[^\s(),]*")}
_FIRST = (
    "state",
    "loss.name",
    "loss.beta",
    "test_accuracy",
    "test_tail",
    "tag",
    "dataset",
    "created",
    "seed",
)
_ORDER = ("> ", ">= ", "< ", "<= ", "= ", "!= ", "in (")
_EQUAL = ("= ", "!= ", "in (")
_TEXT = (": ", "= ", "!= ")
_TYPED = {
    "time": ("today", "yesterday", "2 days ago", "1 week ago"),
    "duration": ("10 min", "1 h"),
    "flag": ("true", "false"),
}
_MEANS = {
    "> ": "above", ">= ": "at least", "< ": "below", "<= ": "at most", "= ": "is", "!= ": "is not",
    "in (": "one of", ": ": "holds the text",
}  # fmt: skip


class Completion(View):
    """What could stand there, with the blank that goes behind it, and what it is."""

    text: str
    about: str
    kind: Literal["field", "sign", "value", "word"]


class Completions(View):
    """What could stand in place of the characters from `start` to `end` of the search; likeliest first."""

    start: int
    end: int
    items: tuple[Completion, ...]


def completions(session: Session, q: str, at: int) -> Completions:
    """What could stand at character `at`; nothing where the search is wrong before it."""
    before, vocabulary = q[:at], StoredVocabulary(session)
    parser = Parser(before, vocabulary)
    try:
        parser.whole()
    except SearchError as error:
        goes_on = before[error.position :].startswith(_QUOTES)  # to the end, as they are not closed
        ends = len(before) if goes_on else error.position + error.length
        if ends < len(before.rstrip()) or error.position < parser.begun:
            return Completions(start=at, end=at, items=())
    typed = before[parser.begun :]
    if parser.field is not None and not typed[-1:].isspace():
        return _offered(q, parser.begun, at, "value", _values(vocabulary, parser.field, typed))
    start = at if parser.field is not None else len(before) - len(_word_at_end(before))
    if parser.field is None and typed.startswith(_QUOTES) and not typed[-1:].isspace():
        return Completions(start=at, end=at, items=())
    told = before[:start].rstrip()
    if parser.field is None and start == at and (field := _named(_word_at_end(told))):
        return _offered(q, at, at, "value", _signs(field))
    words = _words(told) if start == at else ()
    return _offered(q, start, at, "field", (*words, *_fields(vocabulary, before[start:])))


def _offered(q: str, start: int, at: int, kind: str, found: Iterable[Completion]) -> Completions:
    """In place of the whole word or value in which the place is."""
    rest = _GOES_ON[kind].match(q, at)
    end = rest.end() if rest and start < at else at
    return Completions(start=start, end=end, items=tuple(found)[:MOST])


def _word_at_end(text: str) -> str:
    found = _ENDS_WORD.search(text)
    return found[0] if found else ""


def _named(word: str) -> Field | None:
    """The field of this very name."""
    names = short_names().get(word.lower(), (word.lower(),))
    return known_fields().get(names[0]) if len(names) == 1 else None


def _signs(field: Field) -> Iterator[Completion]:
    ordered = field.kind in ("number", "fraction", "time", "duration")
    signs = _ORDER if ordered else _TEXT if field.kind == "text" else _EQUAL
    yield from (Completion(text=sign, about=_MEANS[sign], kind="sign") for sign in signs)


def _words(told: str) -> Iterator[Completion]:
    if told and not re.search(r"(?:\(|\band|\bor|\bnot)\Z", told, re.IGNORECASE):
        yield Completion(text="and ", about="both must hold", kind="word")
        yield Completion(text="or ", about="either may hold", kind="word")


def _fields(vocabulary: StoredVocabulary, typed: str) -> Iterator[Completion]:
    """Those that runs of this board have: as typed at their beginning first, then within."""
    wanted = typed.lower().replace("-", "_")
    fields = [field for field in known_fields().values() if _is_here(vocabulary, field)]
    fields.sort(key=lambda field: _FIRST.index(field.name) if field.name in _FIRST else len(_FIRST))
    for begins in (True, False):
        for field in fields:
            name = _as_begun(field, wanted)
            if bool(name) is begins and (name or (wanted and wanted in field.name)):
                about = field.name if plain(field.about) == plain(name) else field.about
                yield Completion(text=f"{name or field.name} ", about=about, kind="field")


def _is_here(vocabulary: StoredVocabulary, field: Field) -> bool:
    if field.source == "config":
        return field.key in vocabulary.used_paths
    return field.source != "figure" or field.key.removeprefix("best_") in vocabulary.measured


def _as_begun(field: Field, wanted: str) -> str:
    """The name or the short name of the field that begins so; "" where none does."""
    shorts = (short for short, names in short_names().items() if names == (field.name,))
    return next((name for name in (field.name, *shorts) if name.startswith(wanted)), "")


def _values(vocabulary: StoredVocabulary, field: Field, typed: str) -> Iterator[Completion]:
    wanted = typed.lstrip("\"'").lower()
    values = [*_TYPED.get(field.kind, ()), *vocabulary.offered(field)]
    begins = [value for value in values if value.lower().startswith(wanted)]
    for value in (*begins, *(one for one in values if wanted in one.lower() and one not in begins)):
        text = value if field.kind in _TYPED or not re.search(r"[\s(),\"']", value) else _quoted(value)
        yield Completion(text=f"{text} ", about=field.name, kind="value")


def _quoted(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
