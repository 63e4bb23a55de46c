"""Whether a sweep can be launched: its cells with their data, refused by names in the sweep."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from sqlalchemy.orm import Session

from app.errors import InvalidError
from app.runs import studies
from app.runs.checks import check_data
from app.schemas import SweepBody
from app.settings import Settings
from app.store.sweeps import begun_runs
from trainer.config import RunConfig
from trainer.errors import ConfigError, FieldProblem
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
    distinct = {_data_and_model(config): config for config in configs}.values()
    return {
        config.data.dataset: check_data(config, settings.datasets_dir, meant.get(config.data.dataset))
        for config in distinct
    }


def check_cells(cells: Iterable[Cell], settings: Settings, meant: Mapping[str, str]) -> dict[str, str]:
    """The source of each data set of these cells, looked at once: the one that is `meant`, else today's.

    Raises InvalidError as `checked_cells` does.
    """
    sources = {}
    for cell in {_data_and_model(cell.config): cell for cell in reversed(tuple(cells))}.values():
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


def _data_and_model(config: RunConfig) -> tuple[object, ...]:
    return config.data.model_copy(update={"subset_seed": None}), config.model


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
