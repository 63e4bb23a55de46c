"""Fills the view of what the fields do: settings of one test set, their design, differences and answer."""

from collections.abc import Iterator

from app.comparing.effects.answer import answered
from app.comparing.effects.crossing import crossing_of
from app.comparing.effects.design import Design, design_of
from app.comparing.effects.fields import field_effect, interactions
from app.comparing.effects.judging import Judged
from app.comparing.effects.known import Known, known_settings
from app.comparing.effects.view import Cell, Effects, FieldEffect
from app.comparing.fill import ComparisonViews
from app.comparing.parts import mean_sd
from app.comparing.unfinished import unfinished
from trainer.config_fields import flatten


def effects_of(views: ComparisonViews, metric: str, field: str = "", by: str = "") -> Effects:
    """What the fields in which these settings differ do to a metric of the table.

    Settings on other test images than most are left out, as are those whose best epoch was chosen on another
    split. A setting with one run is in no difference where others have more. `field` and `by` are paths of
    two fields to cross. Raises InvalidError for a path that does not differ.
    """
    known, how = known_settings(views, metric), views.options.how
    design = design_of([flatten(one.config) for one in known.samples], (views.options.tuned,))
    everywhere = range(len(known.samples))
    repeated = [at for at in everywhere if len(known.scores.rows[at].seeds) > 1]
    judged = Judged(design, known.scores, how, tuple(repeated if len(repeated) > 1 else everywhere))
    crossed = interactions(judged, metric)
    fields = [field_effect(judged, at, known.rows, metric) for at in range(len(design.factors))]
    cells = tuple(_cells(known, design))
    order = sorted(range(len(fields)), key=lambda at: (fields[at].answer != "matters", -_size(fields[at])))
    view = Effects(
        crossing=crossing_of(judged, [design.factors[at] for at in order], field, by, metric),
        metric=metric,
        epoch=views.options.at,
        fields=tuple(fields[at] for at in order),
        interactions=crossed,
        cells=tuple(
            one.model_copy(update={"values": tuple(one.values[at] for at in order)}) for one in cells
        ),
        warnings=known.warnings,
        unfinished=unfinished(views.plain, views.siblings()),
        pairing=how.pairing,
        multiplicity=how.multiplicity,
        margin=None if how.margin is None else 100 * how.margin,
        alpha=how.alpha,
        tests=judged.tests,
    )
    return answered(view, views.steps)


def _size(field: FieldEffect) -> float:
    """Of its largest difference; less than any where there is none."""
    return abs(field.differences[0].mean or 0.0) if field.differences else -1.0


def _cells(known: Known, design: Design) -> Iterator[Cell]:
    for at, (row, scores) in enumerate(zip(known.rows, known.scores.rows, strict=True)):
        figures = tuple(map(float, scores.values[:, 0]))
        mean, sd = mean_sd(figures)
        yield Cell(
            label=row.label,
            setting_hash=row.setting_hash,
            values=tuple(factor.values[at] for factor in design.factors),
            run_ids=known.run_ids[at],
            seeds=scores.seeds,
            figures=figures,
            mean=mean,
            sd=sd,
        )
