"""How numbers, times and sizes read, everywhere: pages, figures, tables. Pure functions of plain values.

A value that is not there is a thin dash, never NaN; a negative number has a real minus sign.
"""

import math
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import TypeVar

K = TypeVar("K")
V = TypeVar("V")

DASH = "–"
MINUS = "−"

_MINUTE, _HOUR, _DAY = 60, 3600, 86400
_MILLION = 1_000_000


def percent(fraction: float | None) -> str:
    """0.4364 -> "43.6"; the unit stands in the column's header."""
    return DASH if _absent(fraction) else _signed(f"{100 * fraction:.1f}")  # type: ignore[operator]


def change(fraction: float | None) -> str:
    """A difference in percentage points, with its sign: 0.058 -> "+5.8"; what rounds to zero has none."""
    text = percent(fraction)
    return text if _absent(fraction) or text == "0.0" or text.startswith(MINUS) else f"+{text}"


def significant(value: float | None, figures: int = 3) -> str:
    """Three significant figures, as for losses: 2.3 -> "2.30", 0.0123 -> "0.0123", 1.2e7 -> "1.20e7".

    Below a million all digits before the point, thousands apart: 1234.5 -> "1,234".
    """
    return DASH if _absent(value) else _to_figures(value, figures, "#")  # type: ignore[arg-type]


def brief(value: float | None, figures: int = 3) -> str:
    """The same without zeros behind it, for sentences: 0.0200 -> "0.02", 1000.0 -> "1,000"."""
    return DASH if _absent(value) else _to_figures(value, figures, "")  # type: ignore[arg-type]


def count(number: float | None) -> str:
    """2481 -> "2,481"."""
    return DASH if _absent(number) else _signed(f"{number:,.0f}")


def counted(number: int, noun: str) -> str:
    """ "1 run", "2 runs"."""
    return f"{count(number)} {noun}{'' if number == 1 else 's'}"


def short_count(number: int) -> str:
    """A number for a narrow place: 653866 -> "654 k", 12345678 -> "12.3 M"."""
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if number >= size:
            return f"{number / size:.3g} {letter}"
    return str(number)


def size(number: float) -> str:
    """Bytes in powers of 1000: 2634000 -> "2.6 MB"."""
    for unit, letters in ((1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "kB")):
        if number >= unit:
            return f"{number / unit:.1f} {letters}"
    return f"{number:.0f} B"


def duration(seconds: float | None) -> str:
    """0.42 -> "0.4 s", 42 -> "42 s", 200 -> "3 min 20 s", 3900 -> "1 h 5 min"."""
    if seconds is None or not math.isfinite(seconds):
        return DASH
    if 0 < seconds < 0.95:
        return f"{seconds:.1f} s" if seconds >= 0.05 else "under 0.1 s"
    whole = max(0, round(seconds))
    if whole < _MINUTE:
        return f"{whole} s"
    for limit, big, small, names in (
        (_HOUR, _MINUTE, 1, ("min", "s")),
        (_DAY, _HOUR, _MINUTE, ("h", "min")),
        (math.inf, _DAY, _HOUR, ("d", "h")),
    ):
        if whole < limit:
            rest = whole % big // small
            return f"{whole // big} {names[0]}" + (f" {rest} {names[1]}" if rest else "")
    raise AssertionError("the last limit is infinite")


def ago(time: str | None, now: datetime | None = None) -> str:
    """How long since an ISO 8601 time: "just now", "3 min ago", "2 h ago", "5 days ago", "2024-03-01"."""
    if time is None:
        return DASH
    seconds = ((now or datetime.now(UTC)) - _moment(time)).total_seconds()
    if seconds < 45:
        return "just now"
    if seconds < _HOUR:
        return f"{max(1, round(seconds / _MINUTE))} min ago"
    if seconds < _DAY:
        return f"{round(seconds / _HOUR)} h ago"
    days = round(seconds / _DAY)
    return f"{days} day{'s' if days > 1 else ''} ago" if days < 30 else _moment(time).date().isoformat()


def utc(time: str | None) -> str:
    """The exact time, for hovering: "2025-11-25 03:02:11 UTC"."""
    return DASH if time is None else f"{_moment(time):%Y-%m-%d %H:%M:%S} UTC"


_MINUS_SIGNS = re.compile(r"(?<![^\s(\[,;])-(?=[\d.(])|(?<=\s)-(?=\s)")
_AS_TYPED = {"<=": "≤", ">=": "≥"}


def typeset(text: str) -> str:
    """A sentence with mathematics in ASCII as a page shows it: "x <= -1, of 2 x 2" -> "x ≤ −1, of 2 × 2"."""
    for typed, sign in _AS_TYPED.items():
        text = text.replace(typed, sign)
    return re.sub(r"(?<=\d) x (?=\d)", " × ", _MINUS_SIGNS.sub(MINUS, text))


def setting(value: object) -> str:
    """A value of a configuration as a person would write it."""
    if value is None:
        return DASH
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, float):
        return _signed(f"{value:.10g}")
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(map(setting, value)) or "none"
    return str(value)


def cut(text: str, most: int = 32) -> str:
    """At most `most` characters, cut in the middle, so that the telling end of a long name stays."""
    if len(text) <= most:
        return text
    tail = most // 2
    return f"{text[: most - tail - 1]}…{text[-tail:]}"


def listed(names: Sequence[str], most: int) -> str:
    """The first names and how many more there are; commas between, or semicolons where a name holds one."""
    rest, holds_comma = len(names) - most, any("," in name for name in names[:most])
    more = f"{';' if holds_comma else ''} and {rest} more" if rest > 0 else ""
    return ("; " if holds_comma else ", ").join(names[:most]) + more


def first_few(texts: Sequence[str], most: int, noun: str = "") -> str:
    """The first of these longer texts with semicolons between, and how many more (settings) there are."""
    rest = len(texts) - most
    more = f"; and {rest} more{f' {noun}' + ('s' if rest > 1 else '') if noun else ''}" if rest > 0 else ""
    return "; ".join(texts[:most]) + more


def gather(pairs: Iterable[tuple[K, V]]) -> dict[K, list[V]]:
    """Values by key, both in the order in which they come."""
    found: dict[K, list[V]] = {}
    for key, value in pairs:
        found.setdefault(key, []).append(value)
    return found


def grouped(groups: Iterable[tuple[object, Sequence[str]]], most: int) -> str:
    """Values, each with the names it is of: "0.1 (CE, rate 0.1; Focal, rate 0.1); 0.02 (CE, rate 0.02)"."""
    return "; ".join(f"{value} ({listed(names, most)})" for value, names in groups)


def _moment(time: str) -> datetime:
    return datetime.fromisoformat(time.replace("Z", "+00:00"))


def _absent(value: float | None) -> bool:
    return value is None or not math.isfinite(value)


def _to_figures(value: float, figures: int, zeros: str) -> str:
    mantissa, e, exponent = f"{value:{zeros},.{figures}g}".partition("e")
    if e and int(exponent) > 0 and abs(value) < _MILLION:
        return count(value)
    return _signed(mantissa.rstrip(".") + (f"e{int(exponent)}" if e else ""))


def _signed(text: str) -> str:
    """A real minus sign, and none at all before a zero."""
    if not text.startswith("-"):
        return text
    return text[1:] if not text.strip("-0.,") else MINUS + text[1:]
