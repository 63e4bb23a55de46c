"""What is told of a job or a sweep that has ended: facts by name, with a sentence for people among them."""

from collections.abc import Mapping
from typing import Any

from app.formats import percent
from app.store.tables import Job, Sweep
from app.urls import job_page, sweep_page
from trainer.kinds import TRAINING

_NOUNS = {TRAINING: "Run", "transfer": "Transfer", "task_transfer": "Task transfer"}


def of_job(job: Job, ended_at: str, public_url: str) -> dict[str, Any]:
    """A run or a transfer: what it came to, with its figures or its error."""
    noun = _NOUNS.get(job.kind, "Job")
    kind = "run" if job.kind == TRAINING else job.kind
    page = job_page(job.kind, job.id)
    error = job.error and {"type": job.error["type"], "message": job.error["message"]}
    figures: dict[str, Any] = {}
    text = f"{noun} {job.id} {job.name!r} {_came_to(job.state)}"
    if kind == "run":
        figures = {
            "test_accuracy": job.test_accuracy,
            "test_balanced_accuracy": job.test_balanced_accuracy,
            "epoch": job.epoch,
            "epochs": job.epochs,
        }
        if job.test_accuracy is not None:
            text += f": test accuracy {percent(job.test_accuracy)} % after epoch {job.epoch} of {job.epochs}"
    if error:
        text += f": {error['message']}".rstrip(".")
    about = {"event": f"{kind}.{job.state}", "kind": kind, "number": job.id, "name": job.name}
    ended = {"state": job.state, "time": ended_at, "sweep": job.sweep_id, "error": error}
    return about | ended | figures | _where(page, public_url) | {"text": f"{text}."}


def of_sweep(sweep: Sweep, counts: Mapping[str, int], ended_at: str, public_url: str) -> dict[str, Any]:
    """A sweep of which no run is to come."""
    total = sum(counts.values())
    said = ", ".join(f"{number} {state}" for state, number in sorted(counts.items()))
    about = {"event": "sweep.ended", "kind": "sweep", "number": sweep.id, "name": sweep.name}
    ended = {"time": ended_at, "runs": total, "counts": dict(counts)}
    text = f"Sweep {sweep.id} {sweep.name!r} has ended: {said} of {total} run{'s' if total != 1 else ''}."
    return about | ended | _where(sweep_page(sweep.id), public_url) | {"text": text}


def of_test(public_url: str) -> dict[str, Any]:
    """What somebody sends to see whether it arrives."""
    about = {"event": "test", "kind": "test", "text": "A test: this board tells here when runs end."}
    return about | _where("/system", public_url)


def _came_to(state: str) -> str:
    return f"is {state}" if state == "completed" else f"has {state}"


def _where(page: str, public_url: str) -> dict[str, Any]:
    return {"page": page, "url": f"{public_url}{page}" if public_url else None}
