"""What launching the form would do: the preview of a run or of a sweep, or what is refused.

The numbers are the views'; this module words the size of a sweep and picks the run whose data are drawn.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.errors import InvalidError
from app.figures.bands import Bands, bands_over
from app.figures.class_axis import class_order
from app.figures.colours import SettingStyle
from app.figures.colours_apart import settings_styles
from app.figures.sketches import CountsSketch, RatesSketch, counts_sketch, rates_sketch
from app.formats import counted
from app.pages.launch.body import at_form_fields, read_form
from app.runs.sweep_checks import expanded
from app.schemas import LaunchBody, SweepBody
from app.settings import Settings
from app.views.preview.control import with_control
from app.views.preview.fill import numbers_of, preview
from app.views.preview.view import Preview
from app.views.sweeps.previews import sweep_preview
from app.views.sweeps.view import SweepPreview
from trainer.config import RunConfig, as_json
from trainer.config_meaning import SEEDS
from trainer.errors import FieldProblem
from trainer.schedules import learning_rates
from trainer.stages import epochs_of
from trainer.sweep import Cell


@dataclass(frozen=True)
class PlannedSweep:
    """A sweep before it is launched.

    size: its runs as a sum in words. equal: ids of runs that its cells could point at, offered for re-use.
    training: what is trained, such as "18 runs x 10 epochs".
    """

    view: SweepPreview
    size: str
    training: str
    equal: tuple[int, ...]
    reuse: bool
    styles: dict[str, SettingStyle]
    """Of each setting, by its label, in their order."""
    schedules: tuple[tuple[float, ...], ...]
    """Learning rates by epoch, each schedule once."""


@dataclass(frozen=True)
class ControlOffer:
    """The control that may be launched with what was typed: the whole as a sweep.

    instead_of: runs that are trained without it. refused: why there can be none, as a sentence; there is no
    view then.
    """

    view: SweepPreview | None = None
    instead_of: int = 0
    refused: str = ""


@dataclass(frozen=True)
class LaunchPreview:
    """What would happen. `run` is the one run, or the first of the sweep; None where something is refused.

    control: None where no class weights change the rate, or their control is there already.
    """

    run: Preview | None
    sweep: PlannedSweep | None
    problems: tuple[FieldProblem, ...] = ()
    control: ControlOffer | None = None

    @property
    def counts(self) -> CountsSketch | None:
        """Training images by class, largest first."""
        if self.run is None:
            return None
        return counts_sketch([self.run.classes[index] for index in _order(self.run)])

    @property
    def bands(self) -> Bands | None:
        """What the settings have by class, over those bars."""
        if self.run is None or self.counts is None:
            return None
        numbers = self.sweep.view.by_class if self.sweep else numbers_of(self.run, _ONLY)
        styles = self.sweep.styles if self.sweep else settings_styles({_ONLY: self.run.config})
        alike = [one for one in numbers if len(one.numbers) == len(self.run.classes)]
        return bands_over(self.counts, alike, styles, _order(self.run))

    @property
    def rates(self) -> RatesSketch | None:
        """Learning rate by epoch, of every schedule."""
        if self.run is None:
            return None
        own = self.run.learning_rates
        return rates_sketch(own, [one for one in self.sweep.schedules if one != own] if self.sweep else ())


_ONLY = "this run"


def _order(run: Preview) -> Sequence[int]:
    return class_order([cls.train_count for cls in run.classes], "count")


def launch_preview(session: Session, settings: Settings, typed: Mapping[str, str]) -> LaunchPreview:
    """What the form, as typed, would do."""
    try:
        body = read_form(typed)
        if isinstance(body, LaunchBody):
            run, control = preview(session, settings, body.config), _control(session, settings, body, 1)
            return LaunchPreview(run, None, control=control)
        cells = expanded(body)
        view = sweep_preview(session, settings, body, cells)
        run = preview(session, settings, _first(cells).config)
        sweep = _sweep(session, settings, body, cells, view)
        return LaunchPreview(run, sweep, control=_control(session, settings, body, view.new_runs))
    except InvalidError as error:
        return LaunchPreview(None, None, at_form_fields(error.fields, typed))


def size_in_words(cells: Sequence[Cell]) -> str:
    """Such as "5 settings × 3 seeds = 15 runs"; no product where not every setting has all seeds.

    First stages that nobody asked for are told apart.
    """
    asked = [cell for cell in cells if not cell.is_added]
    settings = len({cell.setting_hash for cell in asked})
    seeds = len({tuple(pair for pair in cell.values if pair[0] in SEEDS) for cell in asked})
    added = len(cells) - len(asked)
    runs = (f" + {counted(added, 'first stage')}" if added else "") + f" = {counted(len(cells), 'run')}"
    if settings * seeds != len(asked):
        return f"{counted(settings, 'setting')}, {counted(len(asked), 'run')}{runs if added else ''}"
    times = f" × {counted(seeds, 'seed')}" if seeds > 1 else ""
    return f"{counted(settings, 'setting')}{times}{runs}"


def _sweep(
    session: Session, settings: Settings, body: SweepBody, cells: Sequence[Cell], view: SweepPreview
) -> PlannedSweep:
    again = body.model_copy(update={"reuse": True})
    offered = view if body.reuse else sweep_preview(session, settings, again, cells)
    training = _training([cell.config for cell in cells], view.new_runs)
    hashes = dict.fromkeys(cell.setting_hash for cell in cells)
    labels = dict(zip(hashes, view.settings, strict=True))
    first = sorted(cells, key=lambda cell: cell.baseline)  # what people ticked first
    styles = settings_styles({labels[cell.setting_hash]: as_json(cell.config) for cell in first})
    schedules = tuple(dict.fromkeys(learning_rates(cell.config.optim) for cell in first))
    return PlannedSweep(view, size_in_words(cells), training, offered.reused, body.reuse, styles, schedules)


def _control(
    session: Session, settings: Settings, body: LaunchBody | SweepBody, new_runs: int
) -> ControlOffer | None:
    """`new_runs` is what the launch trains without it."""
    try:
        made = with_control(settings, body)
        return None if made is None else ControlOffer(sweep_preview(session, settings, made), new_runs)
    except InvalidError as error:
        return ControlOffer(refused=f"{error.message} {error.hint}".strip())


def _training(configs: Sequence[RunConfig], new_runs: int) -> str:
    lengths = {epochs_of(config) for config in configs}
    runs = counted(new_runs, "run")
    return f"{runs} × {counted(min(lengths), 'epoch')}" if len(lengths) == 1 else runs


def _first(cells: Sequence[Cell]) -> Cell:
    """Of the grid, if there is one: what people typed first."""
    return next((cell for cell in cells if not cell.baseline), cells[0])
