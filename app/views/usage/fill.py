"""Fills the views of what machines do, from the store."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, get_args

from sqlalchemy.orm import Session

from app.store import machines, usage
from app.store.figures import newest_runs_with, scalars_of_runs
from app.store.runs import get_run
from app.store.series import figures_of_runs
from app.views.usage.view import (
    EpochTime,
    Machine,
    MachineNow,
    MachineSpan,
    Part,
    RunUsage,
    UsageSpan,
    UsageTotals,
)

NEWEST_RUNS = 20
"""So many newest runs show where time goes on this board."""
HOUR_POINTS = 60
_KEY = "seconds/"
_MEASURED = ("data", "forward", "backward", "evaluate", "train")


def run_usage(session: Session, run_id: int) -> RunUsage:
    """What the machine did for the run. Raises NotFoundError."""
    told = ((get_run(session, run_id).started or {}).get("provenance")) or {}
    rows, epochs = usage.of_run(session, run_id), epoch_times(session, [run_id])
    threads = told.get("threads")
    return RunUsage(
        threads=threads,
        device=told.get("device"),
        spans=tuple(_spans(rows)),
        totals=_totals(rows, threads),
        epochs=tuple(epochs),
        shares=shares(epochs),
    )


def epoch_times(session: Session, run_ids: Sequence[int]) -> list[EpochTime]:
    """Every finished epoch of these runs whose parts were measured, by run, then epoch."""
    parts: dict[tuple[int, int], dict[str, float]] = {}
    for run_id, key, epoch, value in scalars_of_runs(session, run_ids, (_KEY,)):
        if value is not None:
            parts.setdefault((run_id, epoch), {})[key.removeprefix(_KEY)] = value
    rows = figures_of_runs(session, run_ids, ("seconds",))
    found = ((epoch, seconds, parts.get((run_id, epoch), {})) for run_id, epoch, seconds in rows)
    return [_epoch_time(*one) for one in found if one[2].keys() >= set(_MEASURED)]


def shares(epochs: Iterable[EpochTime]) -> dict[Part, float]:
    """By part, of the time of all these epochs; {} without any."""
    sums = {part: sum(getattr(one, part) or 0.0 for one in epochs) for part in get_args(Part)}
    whole = sum(sums.values())
    return {part: spent / whole for part, spent in sums.items()} if whole else {}


def newest_shares(session: Session) -> dict[Part, float]:
    """Where the time of the newest runs went."""
    return shares(epoch_times(session, newest_runs_with(session, f"{_KEY}data", NEWEST_RUNS)))


def machine(session: Session, host: str, seconds: float) -> Machine:
    """What the host did over the last `seconds`."""
    rows = machines.samples(session, host, seconds)
    return Machine(host=host, spans=tuple(MachineSpan.model_validate(row) for row in rows))


def machine_now(session: Session, host: str) -> MachineNow | None:
    """The latest of the host within an hour; None where nothing was kept of it."""
    rows = machines.samples(session, host, machines.FINE_FOR)
    if not rows:
        return None
    stride = -(-len(rows) // HOUR_POINTS)
    thinned = rows[(len(rows) - 1) % stride :: stride]
    gpus = range(len(rows[-1]["gpus"]))
    return MachineNow(
        **rows[-1],
        hour_cpu=tuple(row["cpu"] for row in thinned),
        hour_memory=tuple(row["memory_bytes"] / row["memory_total_bytes"] for row in thinned),
        hour_gpus=tuple(tuple(_busy(row["gpus"], at) for row in thinned) for at in gpus),
    )


def _busy(gpus: Sequence[Mapping[str, Any]], at: int) -> float | None:
    return gpus[at]["utilisation"] if at < len(gpus) else None


def _epoch_time(epoch: int, seconds: float, parts: Mapping[str, float]) -> EpochTime:
    steps = {name: parts[name] for name in ("data", "forward", "backward")}
    left = max(0.0, parts["train"] - sum(steps.values()))
    told = {"other": left, "evaluate": parts["evaluate"], "checkpoint": parts.get("checkpoint")}
    return EpochTime.model_validate({"epoch": epoch, "seconds": seconds, **steps, **told})


def _spans(rows: Iterable[usage.Row]) -> Iterable[UsageSpan]:
    at = 0.0
    for row in rows:
        at += row["seconds"]
        cpu = row["cpu_seconds"] / row["seconds"] if row["seconds"] else 0.0
        yield UsageSpan.model_validate(row | {"at": at, "cpu": cpu})


def _totals(rows: Sequence[usage.Row], threads: int | None) -> UsageTotals | None:
    seconds = sum(row["seconds"] for row in rows)
    if not seconds:
        return None
    cpu = sum(row["cpu_seconds"] for row in rows) / seconds
    return UsageTotals(
        seconds=seconds,
        cpu=cpu,
        cpu_share=cpu / threads if threads else None,
        memory_bytes=max(row["memory_bytes"] for row in rows),
        gpu_memory_bytes=max((row["gpu_memory_bytes"] or 0 for row in rows), default=0) or None,
    )
