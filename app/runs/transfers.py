"""Queueing a comparison of transfers: its sources looked at, so that nothing is refused only once it runs."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.errors import InvalidError
from app.lifecycle import State
from app.requirements import requirements, with_device
from app.runs.queue import enter
from app.settings import Settings
from app.store.engine import Database
from app.store.runs import get_runs
from app.store.tables import Run, Transfer
from app.transfer_schemas import TransferBody
from trainer.config import RunConfig, as_json
from trainer.errors import DataError, FieldProblem
from trainer.stages import NONE
from trainer.transfer.config import RANDOM, Source, TransferConfig


def launch_transfer(database: Database, settings: Settings, body: TransferBody) -> tuple[int, bool]:
    """Queue it; returns its number, and whether it is new: an equal one is used again, as it would come out
    the same. Raises InvalidError naming each source, or the data set, that cannot be.
    """
    with database.read() as session:
        sources = _sources(session, settings, body.sources)
    size, source = _images(settings, body.dataset)
    _refuse_other_sizes(settings, sources, size)
    config = TransferConfig(
        sources=tuple(sources),
        dataset=body.dataset,
        images=body.images,
        mode=body.mode,
        seeds=tuple(body.seeds),
    ).model_dump(mode="json")
    digest = _digest(config)
    with database.write() as session:
        if (known := _equal(session, digest, source)) is not None:
            return known, False
        job = Transfer(
            name=body.name or _name(sources, body),
            notes=body.notes,
            config=config,
            config_hash=digest,
            setting_hash=digest,
            dataset=body.dataset,
            source=source,
            epochs=len(sources) * len(body.seeds),
            requirements=with_device(requirements(), config),
        )
        return enter(session, job), True


def _digest(config: Mapping[str, Any]) -> str:
    """Equal for comparisons that come out the same: what a run is called changes no figure."""
    sources = [{**source, "label": ""} for source in config["sources"]]
    told = json.dumps({**config, "sources": sources}, sort_keys=True)
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def _equal(session: Session, digest: str, source: str) -> int | None:
    """The newest with this configuration and images of which a figure has come, or is to come."""
    equal = (Transfer.config_hash == digest, Transfer.source == source, Transfer.archived_at.is_(None))
    of_use = Transfer.state.in_((State.QUEUED, State.RUNNING, State.PAUSED, State.COMPLETED))
    return session.scalar(select(Transfer.id).where(*equal, of_use).order_by(Transfer.id.desc()).limit(1))


def _sources(session: Session, settings: Settings, asked: Sequence[int | str]) -> list[Source]:
    """Each with its configuration; the random one like the first run, or the default network."""
    runs = {run.id: run for run in get_runs(session, [one for one in asked if isinstance(one, int)])}
    problems = [
        FieldProblem(f"sources[{at}]", problem)
        for at, one in enumerate(asked)
        if isinstance(one, int) and (problem := _problem(settings, runs[one]))
    ]
    if problems:
        raise _refused(problems)
    plain = next((run.config for run in runs.values()), as_json(RunConfig()))
    return [
        Source(run=one, label=runs[one].name, config=runs[one].config)
        if isinstance(one, int)
        else Source(run=None, label=RANDOM, config=plain)
        for one in asked
    ]


def _problem(settings: Settings, run: Run) -> str:
    """Why a run cannot be a source; "" where it can."""
    if run.state != State.COMPLETED:
        return f"run {run.id} is {run.state}: only a completed run has a network to go on from"
    if run.config["second_stage"]["name"] != NONE:
        return (
            f"run {run.id} is a second stage, whose features are those of run {run.first_stage_id}: take that"
        )
    if not (settings.run_dir(run.id) / "checkpoints" / "last.pt").exists():
        place = settings.run_dir(run.id)
        return f"the checkpoint of run {run.id} is gone from {place}: it was pruned, or removed by hand"
    return ""


def _images(settings: Settings, dataset: str) -> tuple[int, str]:
    """Their size and source. Raises InvalidError naming `dataset`."""
    from trainer.data.sources import describe

    try:
        info = describe(dataset, settings.datasets_dir)
    except DataError as error:
        raise _refused([FieldProblem("dataset", error.message)], error.hint) from error
    return info.image_size, info.source


def _refuse_other_sizes(settings: Settings, sources: Sequence[Source], size: int) -> None:
    from trainer.data.sources import describe

    problems: list[FieldProblem] = []
    for at, source in enumerate(sources):
        if source.run is None:
            continue
        try:
            theirs = describe(source.config["data"]["dataset"], settings.datasets_dir).image_size
        except DataError:  # its images are gone since; its network says itself what it takes
            continue
        if theirs != size:
            problems.append(
                FieldProblem(
                    f"sources[{at}]",
                    f"run {source.run} was trained on images of {theirs} x {theirs} pixels, and these have "
                    f"{size} x {size}",
                )
            )
    if problems:
        raise _refused(problems, "Import the images in the other size: `betaboard data add --size`.")


def _refused(problems: Sequence[FieldProblem], hint: str = "") -> InvalidError:
    names = ", ".join(problem.path for problem in problems)
    return InvalidError(f"The transfers were refused: {names}.", hint, problems)


def _name(sources: Sequence[Source], body: TransferBody) -> str:
    runs = sum(source.run is not None for source in sources)
    return f"{runs} network{'s' if runs != 1 else ''} on {body.dataset}, {body.images} images"
