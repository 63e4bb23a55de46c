"""What launching the form would do: the preview of a run or of a sweep, or what is refused.

The numbers are the views'; this module words the size of a sweep and picks the run whose data are drawn.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.errors import InvalidError
from app.figures.class_axis import class_order
from app.figures.colours import setting_style
from app.figures.sketches import CountsSketch, RatesSketch, counts_sketch, rates_sketch, with_lines
from app.formats import counted
from app.pages.launch.body import at_form_fields, read_form
from app.runs.sweep_checks import expanded
from app.schemas import LaunchBody, SweepBody
from app.settings import Settings
from app.views.preview.control import with_control
from app.views.preview.fill import preview
from app.views.preview.view import Preview
from app.views.sweeps.previews import sweep_preview
from app.views.sweeps.view import SweepPreview
from trainer.config import RunConfig, setting_hash
from trainer.config_meaning import SEEDS
from trainer.errors import FieldProblem
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
        order = class_order([cls.train_count for cls in self.run.classes], "count")
        sketch = counts_sketch([self.run.classes[index] for index in order])
        several = self.sweep.view.weights if self.sweep else ()
        if len(several) < 2 or not sketch.weights:
            return sketch
        weights = [[one.weights[index] for index in order] for one in several]
        styles = [setting_style(one.config) for one in several]
        return with_lines(sketch, list(zip((one.label for one in several), styles, weights, strict=True)))

    @property
    def rates(self) -> RatesSketch | None:
        """Learning rate by epoch."""
        return rates_sketch(self.run.learning_rates) if self.run else None


def launch_preview(session: Session, settings: Settings, typed: Mapping[str, str]) -> LaunchPreview:
    """What the form, as typed, would do."""
    try:
        body = read_form(typed)
        if isinstance(body, LaunchBody):
            run, control = preview(session, settings, body.config), _control(session, settings, body, 1)
            return LaunchPreview(run, None, control=control)
        view, cells = sweep_preview(session, settings, body), expanded(body)
        run = preview(session, settings, _first(cells).config)
        sweep = _sweep(session, settings, body, cells, view)
        return LaunchPreview(run, sweep, control=_control(session, settings, body, view.new_runs))
    except InvalidError as error:
        return LaunchPreview(None, None, at_form_fields(error.fields, typed))


def size_in_words(cells: Sequence[Cell]) -> str:
    """Such as "5 settings × 3 seeds = 15 runs"; no product where not every setting has all seeds."""
    settings = len({setting_hash(cell.config) for cell in cells})
    seeds = len({tuple(pair for pair in cell.values if pair[0] in SEEDS) for cell in cells})
    runs = counted(len(cells), "run")
    if settings * seeds != len(cells):
        return f"{counted(settings, 'setting')}, {runs}"
    times = f" × {counted(seeds, 'seed')}" if seeds > 1 else ""
    return f"{counted(settings, 'setting')}{times} = {runs}"


def _sweep(
    session: Session, settings: Settings, body: SweepBody, cells: Sequence[Cell], view: SweepPreview
) -> PlannedSweep:
    again = body.model_copy(update={"reuse": True})
    offered = view if body.reuse else sweep_preview(session, settings, again)
    training = _training([cell.config for cell in cells], view.new_runs)
    return PlannedSweep(view, size_in_words(cells), training, offered.reused, body.reuse)


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
    lengths = {config.optim.epochs for config in configs}
    runs = counted(new_runs, "run")
    return f"{runs} × {counted(min(lengths), 'epoch')}" if len(lengths) == 1 else runs


def _first(cells: Sequence[Cell]) -> Cell:
    """Of the grid, if there is one: what people typed first."""
    return next((cell for cell in cells if not cell.baseline), cells[0])
