"""Times as the tables hold them: text, ISO 8601, UTC, milliseconds, Z. They sort as they read."""

from datetime import UTC, datetime, timedelta


def now() -> str:
    """This moment."""
    return ahead(0)


def ahead(seconds: float) -> str:
    """The moment `seconds` from now; negative for the past."""
    moment = datetime.now(UTC) + timedelta(seconds=seconds)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def seconds_until(moment: str) -> float:
    """From now to a time as the tables hold it; 0 where that has passed."""
    return max(0.0, (datetime.fromisoformat(moment) - datetime.now(UTC)).total_seconds())
