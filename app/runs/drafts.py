"""A run before it enters the queue, with the run that it trains upon."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import insert
from sqlalchemy.orm import Session

from app.requirements import Requirements, requirements, with_device
from app.runs.naming import default_name
from app.store.runs import plain_tags
from app.store.search_index import store_fields
from app.store.tables import Run, Tag
from trainer.config import RunConfig, as_json, config_hash, setting_hash
from trainer.stages import epochs_of, first_stage_of, trained_upon


class Limited(Protocol):
    """Whatever says how far a run may go."""

    @property
    def max_attempts(self) -> int | None:
        """Attempts before it stays crashed; None: as the installation says."""

    @property
    def time_limit_minutes(self) -> float | None:
        """After so long, an attempt fails; None: never."""


@dataclass(frozen=True)
class Limits:
    """How far a run may go; no part of what it computes, so of no hash."""

    max_attempts: int | None = None
    time_limit_minutes: float | None = None

    @classmethod
    def of(cls, asked: Limited) -> "Limits":
        """Those of a body or a sweep."""
        return cls(asked.max_attempts, asked.time_limit_minutes)


NO_LIMITS = Limits()


@dataclass(frozen=True)
class Draft:
    """A run before it is queued: all that takes time to make, so that the write lock is held shortly."""

    row: Mapping[str, Any]
    tags: tuple[str, ...]
    first_stage: "Draft | None" = None
    """The run that it trains upon, should there be none as yet; None where there is none, or it is known."""

    @property
    def below(self) -> "tuple[Draft, ...]":
        """The run that it trains upon, and what that one trains upon."""
        return (self.first_stage, *self.first_stage.below) if self.first_stage else ()

    @property
    def config_hash(self) -> str:
        """Equal for equal experiments."""
        return str(self.row["config_hash"])


def drafted(
    config: RunConfig,
    name: str,
    tags: Iterable[str] = (),
    notes: str = "",
    priority: int = 0,
    source: str | None = None,
    limits: Limits = NO_LIMITS,
    required: Requirements | None = None,
) -> Draft:
    """A run of `config`; what it trains upon has its tags, priority and limits, too.

    source: which images its data set is to hold whenever it is trained; None for those of its first start.
    required: of its worker, beside the device that `config` names.
    """
    upon, stored, needs = trained_upon(config), as_json(config), required or requirements()
    behind = None
    if upon is not None:
        behind = drafted(upon, default_name(as_json(upon)), tags, "", priority, source, limits, needs)
    row = {
        "name": name,
        "notes": notes,
        "priority": priority,
        "requirements": with_device(needs, stored),
        "config": stored,
        "config_hash": config_hash(config),
        "setting_hash": setting_hash(config),
        "dataset": config.data.dataset,
        "source": source,
        "epochs": epochs_of(config),
        **sort_keys(stored),
        "first_stage_id": None,
        "continued_after": upon.optim.epochs if upon and first_stage_of(config) is None else None,
        **vars(limits),
    }
    return Draft(row, plain_tags(tags), behind)


def sort_keys(config: Mapping[str, Any]) -> dict[str, Any]:
    """What of a configuration the list is sorted by, as it stands on the run's row."""
    loss, optim = config["loss"], config["optim"]
    words = loss["name"] if loss["weighting"] == "none" else f"{loss['name']} {loss['weighting']}"
    return {
        "loss": words,
        "beta": loss["beta"],
        "seed": config["seed"],
        "learning_rate": optim["learning_rate"],
    }


def drafted_upon(run: Run, config: RunConfig, name: str, tags: Iterable[str], source: str) -> Draft:
    """A run of `config` that goes on from this completed one, whose epochs are its first."""
    draft = drafted(config, name, tags, source=source)
    row = {**draft.row, "first_stage_id": run.id, "continued_after": run.epochs}
    return Draft(row, draft.tags)


def store_beside(s: Session, ids: Sequence[int], drafts: Sequence[Draft]) -> None:
    """What stands in other tables of these new runs: their tags, and the fields that they are found by."""
    each = list(zip(ids, drafts, strict=True))
    if tags := [{"run_id": run_id, "tag": tag} for run_id, draft in each for tag in draft.tags]:
        s.execute(insert(Tag), tags)
    store_fields(s, {run_id: draft.row["config"] for run_id, draft in each})
