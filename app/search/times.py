"""Moments and stretches of time as people type them; the moments of pages are UTC, so these are, too."""

import re
from calendar import isleap
from datetime import UTC, datetime, timedelta

from app.search.tree import Between

_UNITS = {
    "s": 1, "sec": 1, "second": 1, "min": 60, "minute": 60, "h": 3600, "hour": 3600, "d": 86400, "day": 86400,
    "w": 604800, "week": 604800, "month": 30 * 86400, "year": 365 * 86400,
}  # fmt: skip
_UNIT = "|".join(sorted(_UNITS, key=len, reverse=True))
_AMOUNT = rf"(\d{{1,9}}(?:\.\d{{1,9}})?)\s*({_UNIT})s?"
STRETCH = re.compile(rf"(?:{_AMOUNT}\s*)+(?:\bago)?(?![^\s(),])", re.IGNORECASE)
"""More than one word, as a value may be: "2 days ago", "1h 30min"."""
_PARTS = ("%Y", "%Y-%m", "%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S")
TIME_HINT = "Write a day (2026-01-31), a minute (2026-01-31T14:30), today, yesterday, or 2 days ago; UTC."


def seconds_in(text: str) -> float | None:
    """ "10 min", "1h 30min", or seconds without a unit; None for anything else."""
    if re.fullmatch(r"\d{1,9}(\.\d{1,9})?", text):
        return float(text)
    if not re.fullmatch(rf"(?:{_AMOUNT}\s*)+", text, re.IGNORECASE):
        return None
    found = re.findall(_AMOUNT, text, re.IGNORECASE)
    return sum(float(number) * _UNITS[unit.lower()] for number, unit in found)


def span_of(text: str, moment: datetime) -> tuple[str, str] | None:
    """The first moment of what is named, and the first after it, as tables hold them; None for no time.

    moment: now, to which "2 days ago" is relative; it names a single moment.
    """
    low = text.lower()
    if low.endswith("ago") and (seconds := seconds_in(low.removesuffix("ago").strip())) is not None:
        return _span(moment, -seconds, timedelta())
    midnight = moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    if low in ("now", "today", "yesterday"):
        begins = {"now": moment, "today": midnight, "yesterday": midnight - timedelta(days=1)}[low]
        return _span(begins, 0, timedelta(days=0 if low == "now" else 1))
    for form in _PARTS:
        try:
            begins = datetime.strptime(text.upper().removesuffix("Z").replace(" ", "T"), form)
        except ValueError:
            continue
        return _span(begins.replace(tzinfo=UTC), 0, _length(begins, form))
    return None


def _length(begins: datetime, form: str) -> timedelta:
    """Of the year, month, day, minute or second that such a text names."""
    if form == "%Y":
        return timedelta(days=366 if isleap(begins.year) else 365)
    if form == "%Y-%m":
        return (begins.replace(day=28) + timedelta(days=4)).replace(day=1) - begins
    return {"%Y-%m-%d": timedelta(days=1), "%Y-%m-%dT%H:%M": timedelta(minutes=1)}.get(
        form, timedelta(seconds=1)
    )


def _span(base: datetime, seconds: float, length: timedelta) -> tuple[str, str] | None:
    """`length` from so many seconds after `base`; None where no calendar has that."""
    try:
        begins = base + timedelta(seconds=seconds)
        return _stored(begins), _stored(begins + length)
    except OverflowError:
        return None


def _stored(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def compared(sign: str, span: tuple[str, str]) -> Between:
    """What lies before, in or after a span: after a day is after its end."""
    begins, ends = span
    if begins == ends:
        return {
            "<": Between(high=begins, high_open=True),
            "<=": Between(high=begins),
            ">": Between(low=begins, low_open=True),
            ">=": Between(low=begins),
        }.get(sign, Between(begins, begins))
    return {
        "<": Between(high=begins, high_open=True),
        "<=": Between(high=ends, high_open=True),
        ">": Between(low=ends),
        ">=": Between(low=begins),
    }.get(sign, Between(begins, ends, high_open=True))
