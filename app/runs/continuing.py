"""Going on with a completed run: a new run of more epochs, the first of which are the completed one's."""

import hashlib

from app.errors import ConflictError, InvalidError
from app.lifecycle import State
from app.runs import queue
from app.runs.actions import checked_key
from app.runs.drafts import drafted_upon
from app.runs.sweep_checks import check_data
from app.schemas import ContinueBody
from app.settings import Settings
from app.store import runs as store
from app.store.engine import Database
from app.store.tables import Run
from trainer.checkpoint_policy import LAST
from trainer.config import RunConfig, as_json, merge, parse_config
from trainer.continuing import longer, obstacle
from trainer.errors import ConfigError, FieldProblem
from trainer.run_dir import RunDir

LONGEST_NAME = 200


def continue_run(
    database: Database, settings: Settings, run_id: int, body: ContinueBody, key: str | None = None
) -> tuple[int, bool]:
    """Queue a run that goes on from this one for more epochs; its id, and whether it is new.

    Not new for a repeated idempotency key. Raises NotFoundError, ConflictError where the run cannot be gone
    on from, InvalidError for too many epochs and for images that are other ones by now.
    """
    with database.read() as session:
        upon = store.get_run(session, run_id)
        config = _longer(upon, body.epochs)
    if not (RunDir(settings.run_dir(run_id)).checkpoints / LAST).exists():
        raise ConflictError(f"The last checkpoint of run {run_id} is gone.", "Put it back, or train it anew.")
    source = check_data(config, settings.datasets_dir, upon.source)
    name = f"{upon.name[: LONGEST_NAME - 30]}, on to {config.optim.epochs} epochs"
    digest = hashlib.sha256(f"continue {run_id} {body.epochs}".encode()).hexdigest()
    with database.write() as session:
        known = store.idempotent_run(session, checked_key(key), digest) if key else None
        if known is not None:
            return known, False
        upon = store.get_run(session, run_id)
        tags = store.tags_of(session, [run_id])[run_id]
        [new] = queue.enqueue_all(session, [drafted_upon(upon, config, name, tags, source)])
        if key:
            store.remember_key(session, key, digest, new)
        return new, True


def why_not(run: Run) -> str:
    """Why a run cannot be gone on from; "" where it can."""
    if run.state != State.COMPLETED:
        return f"it is {run.state}, and only a completed run has come to where another can go on."
    try:
        return obstacle(parse_config(run.config))
    except ConfigError:
        return "its configuration is not known here; a plugin may be missing."


def _longer(run: Run, epochs: int) -> RunConfig:
    """Its configuration with so many epochs more. Raises ConflictError and InvalidError."""
    if why := why_not(run):
        raise ConflictError(f"Run {run.id} cannot be continued: {why}")
    config = parse_config(run.config)
    try:
        return parse_config(merge(as_json(config), longer(config, config.optim.epochs + epochs)))
    except ConfigError as error:
        problems = [FieldProblem("epochs", f"would make {one.path} {one.message}") for one in error.fields]
        raise InvalidError("The run was not continued.", error.hint, problems) from error
