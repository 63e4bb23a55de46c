"""Whether a run or a sweep can be launched: cells with their data, refused by names in the sweep.

numpy, which the plan of a subset needs, is imported when first asked for, so that the web process starts
without it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from app.errors import InvalidError
from app.runs import studies
from app.schemas import SweepBody
from app.settings import Settings
from app.store.sweeps import begun_runs
from trainer.config import RunConfig
from trainer.errors import ConfigError, DataError, FieldProblem
from trainer.losses import head_of, numbers_by_class
from trainer.models import model_spec
from trainer.models.specs import ModelSpec
from trainer.sweep import Cell


def checked_cells(body: SweepBody, settings: Settings) -> tuple[tuple[Cell, ...], dict[str, str]]:
    """The cells of the sweep, each one's data looked at; and the source of each data set.

    Raises InvalidError naming the axis' value ("axes.loss.beta[1]"), the baseline's field or the base's.
    """
    cells = expanded(body)
    return cells, check_cells(cells, settings, {})


def checked_sources(
    configs: Sequence[RunConfig], settings: Settings, meant: Mapping[str, str]
) -> dict[str, str]:
    """The source of each data set of these, looked at: the one that is `meant`, else today's.

    Raises InvalidError as `check_data` does.
    """
    distinct = {_checked_parts(config): config for config in configs}.values()
    return {
        config.data.dataset: check_data(config, settings.datasets_dir, meant.get(config.data.dataset))
        for config in distinct
    }


def check_cells(cells: Iterable[Cell], settings: Settings, meant: Mapping[str, str]) -> dict[str, str]:
    """The source of each data set of these cells, looked at once: the one that is `meant`, else today's.

    Raises InvalidError as `checked_cells` does.
    """
    sources = {}
    for cell in {_checked_parts(cell.config): cell for cell in reversed(tuple(cells))}.values():
        dataset = cell.config.data.dataset
        with named(cell.sources):
            sources[dataset] = check_data(cell.config, settings.datasets_dir, meant.get(dataset))
    return sources


def check_looks(session: Session, body: SweepBody, reused: Iterable[int]) -> None:
    """Looks are planned before any figure is known. Raises InvalidError where a reused run has begun."""
    begun = begun_runs(session, reused) if body.looks else []
    if begun:
        runs = ", ".join(f"#{run_id}" for run_id in begun[:5]) + (", ..." if len(begun) > 5 else "")
        message = f"would be planned after runs of this sweep have started ({runs}), which is no plan"
        hint = "Sweep seeds that were not trained yet, or let it train all runs anew (reuse false)."
        raise sweep_refused([FieldProblem("looks", message)], hint)


def expanded(body: SweepBody) -> tuple[Cell, ...]:
    """The cells of the sweep. Raises InvalidError as `checked_cells` does, but does not look at data."""
    try:
        return tuple(studies.study_of(body).first())
    except ConfigError as error:
        raise sweep_refused(error.fields, error.hint) from error


def _checked_parts(config: RunConfig) -> tuple[object, ...]:
    loss = config.loss
    return config.data.model_copy(update={"subset_seed": None}), config.model, loss.name, loss.class_weights


@contextmanager
def named(sources: Mapping[str, str]) -> Iterator[None]:
    """Refuse fields under the names that they have in the sweep."""
    try:
        yield
    except InvalidError as error:
        fields = [FieldProblem(sources.get(one.path, one.path), one.message) for one in error.fields]
        raise sweep_refused(fields, error.hint) from error


def sweep_refused(fields: Sequence[FieldProblem], hint: str) -> InvalidError:
    """The error that names each refused field of a sweep."""
    names = ", ".join(field.path for field in fields)
    return InvalidError(f"The sweep was refused: {names}.", hint, fields)


if TYPE_CHECKING:
    from trainer.data.longtail import SplitPlan
    from trainer.data.sources import DatasetInfo


def check_data(config: RunConfig, datasets_dir: Path, source: str | None = None) -> str:
    """The source of the images that a run of `config` would see: `source`, or today's.

    Raises InvalidError for a data set that is unknown, holds other images than those of `source`, or,
    thinned and split so, cannot be trained on with this loss.
    """
    info, _ = planned(config, datasets_dir, source)
    network_spec(config, info)
    return info.source


def planned(
    config: RunConfig, datasets_dir: Path, source: str | None = None
) -> "tuple[DatasetInfo, SplitPlan]":
    """The data set and how its images are divided. Raises InvalidError as `check_data` does."""
    from trainer.data.longtail import plan
    from trainer.data.sources import describe
    from trainer.weighting import class_weights

    try:
        info = describe(config.data.dataset, datasets_dir, source)
        divided = plan(info.train_counts, config.data, info.class_names)
        class_weights(divided.train_counts, config.loss)
        numbers_by_class(config.loss, divided.train_counts)
        return info, divided
    except DataError as error:
        raise _refused(error.message, error.hint) from error
    except ConfigError as error:
        raise InvalidError(error.message, error.hint, error.fields) from error


def network_spec(config: RunConfig, info: "DatasetInfo") -> ModelSpec:
    """The network for these images. Raises InvalidError, naming data.dataset, where they are too small."""
    try:
        return model_spec(config.model, len(info.class_names), info.image_size, head_of(config.loss))
    except ValueError as error:
        raise _refused(f"{error}.") from error


def _refused(message: str, hint: str = "") -> InvalidError:
    return InvalidError(
        "The configuration was refused: data.dataset.", hint, [FieldProblem("data.dataset", message)]
    )
