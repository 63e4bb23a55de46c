"""What stands behind a comparison's sign, read as the field's kind has it."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from difflib import get_close_matches

from app.search.fields import Vocabulary, plain
from app.search.labels import choice_words
from app.search.times import TIME_HINT, compared, seconds_in, span_of
from app.search.tree import Between, Equal, Field, Holds, Missing, Test, Value
from trainer.config_fields import as_text, leaf_fields, typed

_NUMBER = re.compile(r"[+-]?(?:\d{1,30}(?:\.\d{0,30})?|\.\d{1,30})(?:[eE][+-]?\d{1,3})?")
PERCENT = re.compile(r"\s*(?:%|percent)$", re.IGNORECASE)
"""Behind a number: it is counted in percent."""
SHOWN_DIGITS = 10
"""Of a number of a configuration, as names and lists have it."""
_ORDERED = ("<", "<=", ">", ">=")
_MOST_CHOICES = 12
TRUTHS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}


@dataclass(frozen=True)
class Given:
    """A value as it was typed, and where; in quotes it is text, whatever it says."""

    text: str
    start: int
    end: int
    is_quoted: bool = False

    @property
    def is_nothing(self) -> bool:
        """Whether it asks for what has no value."""
        return not self.is_quoted and self.text.lower() in ("none", "null")


class RefusedValueError(Exception):
    """The field cannot be compared with that. readings: what could be written in its place."""

    def __init__(self, message: str, hint: str = "", readings: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.readings = tuple(readings)


@dataclass(frozen=True)
class Reader:
    """Reads values of fields. moment: now, for times that are relative to it."""

    vocabulary: Vocabulary
    moment: datetime

    def test(self, field: Field, sign: str, given: Given) -> Test:
        """The test that `sign` (=, ~ or one of order) makes of a value. Raises RefusedValueError."""
        if given.is_nothing and "none" not in field.choices:
            if sign in ("=", "~"):
                return Missing()
            raise RefusedValueError(f"none is no value that {field.name} could be above or below",
                                    f"Write {field.name} = none, or != none.")  # fmt: skip
        return _KINDS[field.kind](self, field, sign, given)

    def text(self, field: Field, sign: str, given: Given) -> Test:
        """Of a text: the whole, or a part."""
        _refuse_order(field, sign)
        return Holds(given.text) if sign == "~" else Equal(given.text)

    def choice(self, field: Field, sign: str, given: Given) -> Test:
        """One of the words that the field may hold, as it is stored or as pages show it."""
        _refuse_order(field, sign)
        if not field.choices:
            return Equal(given.text)
        words = {plain(choice): choice for choice in field.choices}
        if field.source == "config":
            words |= choice_words(field.key)
        found = words.get(plain(given.text))
        if found is not None:
            return Equal(str(found))
        foreign = self.vocabulary.values(field.key) if field.source == "config" else ()
        if given.text in foreign:
            return Equal(given.text)
        known = [*map(str, field.choices), *(one for one in foreign if one not in field.choices)]
        near = get_close_matches(given.text.lower(), known, 1, cutoff=0.5)
        raise RefusedValueError(f"{field.name} is never {given.text}", _choose(near, known), near)

    def number(self, field: Field, sign: str, given: Given) -> Test:
        """A number; a figure is equal to one that it rounds to, and so is what pages round to ten digits."""
        number = _decimal(field, given.text)
        is_short = len(number.as_tuple().digits) >= SHOWN_DIGITS and number != number.to_integral_value()
        near = (field.source == "figure" or is_short) and sign in ("=", "~")
        return _rounded(number, 1) if near else _ordered(sign, whole(number))

    def fraction(self, field: Field, sign: str, given: Given) -> Test:
        """A number of percent. What could be meant as a fraction is asked about."""
        bare = PERCENT.sub("", given.text)
        is_marked = bare != given.text
        number = _decimal(field, bare)
        if not 0 <= number <= 100:
            raise RefusedValueError(f"{field.name} is between 0 and 100 %")
        if 0 < number <= 1 and not is_marked:
            readings = f"{(100 * number).normalize():f}", f"{given.text}%"
            said = f"{field.name} is in percent: {given.text} could be {readings[0]} % or {given.text} %"
            raise RefusedValueError(said, "Write which one it is.", readings)
        return _rounded(number, 100) if sign in ("=", "~") else _ordered(sign, float(number / 100))

    def time(self, field: Field, sign: str, given: Given) -> Test:
        """A day, a minute, or how long ago."""
        span = span_of(given.text, self.moment)
        if span is None:
            raise RefusedValueError(f"{field.name} is a time, not {given.text}", TIME_HINT)
        if span[0] == span[1] and sign in ("=", "~"):
            raise RefusedValueError(
                f"{given.text} is a single moment", "Compare with > or <, or name a day: today."
            )
        return compared(sign, span)

    def duration(self, field: Field, sign: str, given: Given) -> Test:
        """Seconds, or a number with its unit."""
        seconds = seconds_in(given.text)
        if seconds is None:
            raise RefusedValueError(
                f"{field.name} is a duration, not {given.text}", "Write 90 (seconds), 10 min, 1h 30min."
            )
        return _ordered(sign, seconds)

    def flag(self, field: Field, sign: str, given: Given) -> Test:
        """True or false, as a configuration's text has it."""
        _refuse_order(field, sign)
        if (truth := TRUTHS.get(given.text.lower())) is None:
            raise RefusedValueError(f"{field.name} is true or false, not {given.text}", "", ("true", "false"))
        return Equal(as_text(truth))

    def list(self, field: Field, sign: str, given: Given) -> Test:
        """A whole list, as forms take it: "6, 8"."""
        _refuse_order(field, sign)
        return Equal(as_text(typed(field.key, given.text) if field.key in leaf_fields() else given.text))

    def any(self, field: Field, sign: str, given: Given) -> Test:
        """Of a field that is not known here: a number where it reads as one."""
        if not given.is_quoted and _NUMBER.fullmatch(given.text):
            return self.number(field, sign, given)
        return self.text(field, sign, given)


_KINDS: dict[str, Callable[[Reader, Field, str, Given], Test]] = {
    "text": Reader.text,
    "choice": Reader.choice,
    "number": Reader.number,
    "fraction": Reader.fraction,
    "time": Reader.time,
    "duration": Reader.duration,
    "flag": Reader.flag,
    "list": Reader.list,
    "any": Reader.any,
}


def is_number(text: str) -> bool:
    """Whether it reads as a number."""
    return _NUMBER.fullmatch(text) is not None


def whole(number: Decimal) -> int | float:
    """As a database compares it best: a whole number, where it has room for that."""
    return int(number) if number == number.to_integral_value() and abs(number) < 2**63 else float(number)


def _refuse_order(field: Field, sign: str) -> None:
    if sign in _ORDERED:
        raise RefusedValueError(f"{field.name} has no order", "Compare it with =, != or in (...).")


def _decimal(field: Field, text: str) -> Decimal:
    if not _NUMBER.fullmatch(text) or abs(float(text)) == float("inf"):
        raise RefusedValueError(f"{field.name} is a number, not {text}")
    return Decimal(text)


def _ordered(sign: str, value: Value) -> Test:
    return {
        "<": Between(high=value, high_open=True),
        "<=": Between(high=value),
        ">": Between(low=value, low_open=True),
        ">=": Between(low=value),
    }.get(sign, Equal(value))


def _rounded(number: Decimal, unit: int) -> Test:
    """What rounds to this number at the places that were typed."""
    exponent = number.as_tuple().exponent
    half = Decimal(5).scaleb(min(0, int(exponent)) - 1)
    return Between(float((number - half) / unit), float((number + half) / unit), high_open=True)


def _choose(near: Sequence[str], known: Sequence[str]) -> str:
    if near:
        return f"Did you mean {near[0]}?"
    more = ", ..." if len(known) > _MOST_CHOICES else ""
    return f"It may be {', '.join(known[:_MOST_CHOICES])}{more}."
