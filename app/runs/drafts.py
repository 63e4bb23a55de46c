"""A run before it enters the queue, with the run that it trains upon."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from app.requirements import Requirements, requirements, with_device
from app.runs.naming import default_name
from app.store.runs import plain_tags
from trainer.config import RunConfig, as_json, config_hash, setting_hash
from trainer.stages import epochs_of, first_stage_of


@dataclass(frozen=True)
class Draft:
    """A run before it is queued: all that takes time to make, so that the write lock is held shortly."""

    row: Mapping[str, Any]
    tags: tuple[str, ...]
    first_stage: "Draft | None" = None
    """The run that it trains upon, should there be none as yet; None where it has one stage alone."""

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
    required: Requirements | None = None,
) -> Draft:
    """A run of `config`.

    source: which images its data set is to hold whenever it is trained; None for those of its first start.
    required: of its worker, beside the device that `config` names.
    """
    first = first_stage_of(config)
    stored, needs = as_json(config), required or requirements()
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
    }
    if first is None:
        return Draft(row, plain_tags(tags))
    behind = drafted(first, default_name(as_json(first)), tags, "", priority, source, needs)
    return Draft(row, plain_tags(tags), behind)
