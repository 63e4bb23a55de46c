"""What hosts did, as rows: of the last hour in steps of ten seconds, of a week in steps of five minutes."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from statistics import fmean
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from app.store.clock import ahead
from app.store.tables import MachineSample, Worker

FINE_SECONDS, COARSE_SECONDS = 10, 300
FINE_FOR, COARSE_FOR = 3600, 7 * 86_400
"""How long steps of each kind are kept, in seconds."""

Row = dict[str, Any]
_COLUMNS = tuple(MachineSample.__table__.columns)


def store(s: Session, sample: Mapping[str, Any], moment: str) -> None:
    """Keep what was just seen of a host, unless another worker there has done so in this step."""
    row = dict(sample) | {"time": step_of(moment, FINE_SECONDS), "seconds": FINE_SECONDS}
    if s.get(MachineSample, (row["host"], row["time"])) is None:
        s.execute(insert(MachineSample.__table__), [row])  # type: ignore[arg-type]


def samples(s: Session, host: str, seconds: float = COARSE_FOR) -> list[Row]:
    """Of a host over the last `seconds`, in order."""
    query = select(*_COLUMNS).where(MachineSample.host == host, MachineSample.time >= ahead(-seconds))
    return [dict(row) for row in s.execute(query.order_by(MachineSample.time)).mappings()]


def thin(s: Session, host: str) -> None:
    """Join a host's fine steps of before the last hour, and forget what is a week old, workers too."""
    fine = select(*_COLUMNS).where(
        MachineSample.host == host, MachineSample.seconds == FINE_SECONDS,
        MachineSample.time < step_of(ahead(-FINE_FOR), COARSE_SECONDS),
    )  # fmt: skip
    steps: dict[str, list[Row]] = {}
    for row in s.execute(fine.order_by(MachineSample.time)).mappings():
        steps.setdefault(step_of(row["time"], COARSE_SECONDS), []).append(dict(row))
    for time, rows in steps.items():
        gone = [row["time"] for row in rows]
        s.execute(delete(MachineSample).where(MachineSample.host == host, MachineSample.time.in_(gone)))
        s.execute(insert(MachineSample.__table__), [_joined(rows) | {"time": time}])  # type: ignore[arg-type]
    s.execute(delete(MachineSample).where(MachineSample.time < ahead(-COARSE_FOR)))
    s.execute(delete(Worker).where(Worker.heartbeat_at < ahead(-COARSE_FOR)))


def step_of(moment: str, seconds: int) -> str:
    """When the step of this length began in which the moment lies."""
    at = datetime.fromisoformat(moment).timestamp() // seconds * seconds
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _joined(rows: Sequence[Row]) -> Row:
    """One coarse step: means of what flows, the most of what is held, each GPU by its place."""
    last = rows[-1]
    gpus = [
        _joined_gpu([row["gpus"][place] for row in rows if place < len(row["gpus"])])
        for place in range(len(last["gpus"]))
    ]
    return last | {
        "seconds": COARSE_SECONDS,
        "cpu": fmean(row["cpu"] for row in rows),
        "memory_bytes": max(row["memory_bytes"] for row in rows),
        "gpus": gpus,
    }


_OF_GPUS: dict[str, Callable[[list[float]], float]] = {
    "utilisation": fmean,
    "power": fmean,
    "temperature": max,
    "memory_bytes": max,
}


def _joined_gpu(seen: Sequence[Row]) -> Row:
    told = {name: [one[name] for one in seen if one[name] is not None] for name in _OF_GPUS}
    return seen[-1] | {name: _OF_GPUS[name](values) if values else None for name, values in told.items()}
