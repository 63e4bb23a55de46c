"""Fills the comparison of runs: a row a setting, its figures over seeds, what it gains, what that means."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from app.comparing.adjusted.warnings import adjusted_warnings, chosen_on_test
from app.comparing.baselines import InterimLook, at_look, baseline_of, checked_samples
from app.comparing.comparability import Conditions, chosen_on, conditions, differences, most_alike, why_apart
from app.comparing.next_steps.fill import NO_STEPS, NextSteps
from app.comparing.options import CompareOptions
from app.comparing.published import published_compare_rows, reservations
from app.comparing.rows import compared_classes, dead_units, headline, setting_row, with_intervals
from app.comparing.samples import KeptPredictions, RunFigures, Sample, figures_of
from app.comparing.unfinished import siblings_to_come, so_far, unfinished
from app.comparing.verdicts.answers import verdicts
from app.comparing.verdicts.evidence import Evidence
from app.comparing.verdicts.observations import observations
from app.comparing.verdicts.tuning import tuned_rows, without_tuning
from app.comparing.verdicts.two_by_two import two_by_two, with_controls
from app.comparing.view import Changes, Compared, CompareRow, Comparison, SettingRow
from app.comparing.warnings import same_but_loss, warnings_about
from app.store.tables import Run
from trainer.metrics.table import NAMES

if TYPE_CHECKING:
    from app.comparing.verdicts.judging import Judgement
    from app.comparing.verdicts.scores import Scored

_ON_TEST = ("test", "both")
Steps = Callable[[Sequence[SettingRow]], NextSteps]
Keep = Callable[[Callable[[], Changes]], Changes]
"""Makes what the rows gain, or takes what was made before of the same runs as they stand."""


@dataclass(frozen=True)
class ComparisonViews:
    """Runs by setting, with their figures; each view of them is filled once, and only when asked for."""

    chosen: tuple[Sample, ...]
    base: Sample | None
    options: CompareOptions
    figures: Mapping[int, RunFigures]
    kept: KeptPredictions = field(default_factory=KeptPredictions)
    make_steps: Steps = lambda _rows: NO_STEPS
    dead: Callable[[], Mapping[int, Mapping[str, float]]] = dict
    look: InterimLook | None = None
    untuned: tuple[Sample, ...] = ()
    """The settings before rows that differ in their rate were made one."""
    siblings: Callable[[], Sequence[Run]] = tuple
    """Runs to come of these settings that are not among these runs."""
    keep: Keep = lambda make: make()

    @cached_property
    def plain(self) -> tuple[Sample, ...]:
        """Those that show what their runs measured themselves."""
        return tuple(one for one in self.chosen if one.adjusted is None)

    @cached_property
    def compared(self) -> Compared:
        """Every row without what it gains. Classes are those of the rows that are judged."""
        classes, at = compared_classes((*self.group, *self.chosen)), self.options.at
        rows = [setting_row(one, self.figures, classes, at) for one in self.chosen]
        published = published_compare_rows(
            self.options.published, classes, [one.label for one in self.chosen]
        )
        return Compared(
            classes=classes,
            epoch=at,
            chosen_on_test=at == "best" and any(chosen_on(one.counted) in _ON_TEST for one in self.chosen),
            baseline=self.base.label if self.base else None,
            rows=(*with_controls(rows), *published),
            headline=headline(self.figures),
        )

    @cached_property
    def conditions(self) -> dict[str, Conditions]:
        """By label, what must be equal of rows that are subtracted."""
        found = conditions(self.chosen, self.options.at)
        return {sample.label: one for sample, one in zip(self.chosen, found, strict=True)}

    @cached_property
    def group(self) -> tuple[Sample, ...]:
        """The rows that may be compared with the baseline, or the largest group where there is none."""
        return tuple(one for one in self.chosen if not self._apart[one.label])

    @cached_property
    def judged(self) -> "Judgement":
        """The group, judged."""
        from app.comparing.verdicts.judging import Judgement  # brings numpy, which the web starts without

        view, scores = self.compared, self._scored(self.group)
        labels = [sample.label for sample in scores.samples]
        base = labels.index(view.baseline) if view.baseline in labels else None
        return Judgement(scores, base, NAMES.index(view.headline), self.options.how)

    @property
    def changes(self) -> Changes:
        """Every row with what it gains on the baseline; published rows gain nothing."""
        return self.keep(lambda: self.made_changes)

    @cached_property
    def made_changes(self) -> Changes:
        """The same, made here."""
        view, judged, how = self.compared, self.judged, self.options.how
        places = {sample.label: at for at, sample in enumerate(judged.scored.samples)}
        gained = [self._gaining(row, places.get(row.label)) for row in view.rows if row.kind == "setting"]
        lead = int(judged.best[judged.headline]) if len(places) > 1 else None
        settings = {
            "rows": (*gained, *view.rows[len(gained) :]),
            "pairing": how.pairing,
            "multiplicity": how.multiplicity,
            "margin": None if how.margin is None else 100 * how.margin,
            "alpha": how.alpha,
            "chosen_by": judged.scored.chosen_by,
            "best": None if lead is None else judged.scored.samples[lead].label,
            "two_by_two": two_by_two(judged, gained) if len(places) > 3 else (),
        }
        return Changes(**vars(view) | settings)

    @cached_property
    def steps(self) -> NextSteps:
        """What may be done with the rows."""
        return self.make_steps(self.compared.rows)

    @cached_property
    def comparison(self) -> Comparison:
        """With verdicts, warnings, observations and differing fields."""
        view = self.changes
        evidence = Evidence(view, self.judged, self.steps)
        open_ = unfinished(self.group, self.siblings())
        answers = verdicts(evidence)
        return Comparison(
            **vars(view),
            verdicts=tuple(map(so_far, answers)) if open_ else answers,
            unfinished=open_,
            same_but_loss=self.plain == self.chosen and same_but_loss(self.chosen, self.conditions, view),
            warnings=self._warnings(view),
            observations=(
                *without_tuning(view, self.untuned, self._scored),
                *observations(evidence, self.dead()),
            ),
            differences=differences([row.config for row in view.rows]),
        )

    def _scored(self, group: Sequence[Sample]) -> "Scored":
        from app.comparing.verdicts.scores import scored

        return scored(group, self.figures, self.compared.classes, self.options.at, self.kept)

    def _warnings(self, view: Changes) -> tuple[str, ...]:
        found = warnings_about(self.plain, self._apart, view, self.judged, self.figures)
        look = [self.look.text] if self.look else []
        return (*look, *found, *adjusted_warnings(view.rows), *reservations(view.rows))

    @cached_property
    def _apart(self) -> dict[str, str]:
        """By label, why a row is not subtracted; "" where it may be."""
        ways = self.conditions
        done = [one.label for one in self.chosen if one.has_figures(self.figures)]
        middle = self.base.label if self.base else most_alike(ways, done or list(ways))
        return {
            one.label: why_apart(ways[one.label], ways[middle]) or chosen_on_test(one) for one in self.chosen
        }

    def _gaining(self, row: SettingRow, place: int | None) -> CompareRow:
        judged, size = self.judged, len(row.classes)
        plain = {**vars(row), "why": self._why(row)}
        if place is None or len(judged.scored.samples) < 2:
            return CompareRow(**plain, delta=None, deltas={}, class_deltas=(None,) * size)
        plain |= with_intervals(row, judged, place)
        deltas = {name: delta for at, name in enumerate(NAMES) if (delta := judged.against(place, at))}
        tied = dict(zip(judged.columns, judged.tied[place].tolist(), strict=True))
        first = len(NAMES)
        leads = (judged.best == place).tolist()
        plain |= {
            "leads": dict(zip(NAMES, leads, strict=False)),
            "classes_lead": tuple(leads[first : first + size]),
            "tied_with_best": {name: tied.get(at, True) for at, name in enumerate(NAMES)},
            "choosing": dict(zip(NAMES, judged.scored.choosing[place].tolist(), strict=False)),
            "classes_tied": tuple(tied.get(first + at, True) for at in range(size)),
        }
        return CompareRow(
            **plain,
            delta=deltas.get("accuracy"),
            deltas=deltas,
            class_deltas=tuple(judged.against(place, first + at) for at in range(size)),
        )

    def _why(self, row: SettingRow) -> str:
        """Why a row has no difference to the baseline; "" where it has one."""
        if apart := self._apart[row.label]:
            return apart
        if self.base is None:
            return "no baseline"
        if row.label == self.base.label:
            return "the baseline"
        if not row.n:
            return row.progress or "no run has figures"
        if not self.base.has_figures(self.figures):
            return "the baseline has no completed run"
        return ""


def comparison_views(
    session: Session,
    run_ids: Sequence[int],
    options: CompareOptions | None = None,
    kept: KeptPredictions | None = None,
    steps: Steps = lambda _rows: NO_STEPS,
    keep: Keep = lambda make: make(),
) -> ComparisonViews:
    """These runs by setting, settings in the order of their first run, after each run's last or best epoch.

    Classes are those of the rows that are judged, in the data set's own order; other runs' classes are
    matched by name. Raises NotFoundError for an unknown run, InvalidError for too many runs, for a baseline
    that is no setting's label, and for a rate that cannot be tuned.
    """
    options = options or CompareOptions()
    chosen = checked_samples(session, run_ids)
    untuned, figures = chosen, figures_of(session, chosen, options.at)
    if options.tuned:
        chosen = tuned_rows(chosen, options.tuned, figures)
    look = None
    if options.looks is not None:
        chosen, look = at_look(chosen, options.looks)
        options = replace(options, how=options.how._replace(alpha=look.alpha))
    kept, plain = kept or KeptPredictions(), chosen
    if options.adjusted:
        from app.comparing.adjusted.samples import with_adjusted  # brings numpy

        chosen = with_adjusted(plain, options.adjusted, options.at, kept.runs_dir)
    base = baseline_of(plain if options.baseline is None else chosen, options.baseline)
    dead = partial(dead_units, session, plain, figures)
    beside = partial(siblings_to_come, session, plain)
    return ComparisonViews(chosen, base, options, figures, kept, steps, dead, look, untuned, beside, keep)
