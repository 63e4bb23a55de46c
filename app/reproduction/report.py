"""What a reproduction came to: published figures beside ours, and which claims hold. View and fill."""

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from app.comparing.parts import Spread
from app.formats import setting
from app.published.fill import reference_results
from app.published.result import Result, inconsistency
from app.reproduction.claims import ClaimAnswer, answered, tally
from app.reproduction.estimates import spread_of
from app.reproduction.plan import Setting
from app.reproduction.results import Measured, Results
from app.reproduction.wanted import Trial, chosen_values, is_settled, runs_of, tried, wanted
from app.views.base import View
from trainer.metrics.fields import Figure

SHOWN = ("accuracy", "head", "medium", "tail")
_VERSIONS = ("betaboard", "python", "torch", "cpu", "device_name", "threads")


class ReportRow(View):
    """A setting: what was published of it and what came out here, over n of `seeds` seeds."""

    id: str
    label: str
    published: Figure
    published_source: str
    published_classes: tuple[Figure, ...]
    best_test_epoch: bool
    """Whether the published figure is of the epoch that was best on test, which flatters."""
    inconsistent: bool
    """Whether the published row contradicts itself."""
    n: int
    seeds: int
    metrics: dict[str, Spread]
    classes: tuple[Spread, ...]
    chosen: str
    """Which values validation chose, and of how many; "" where nothing was chosen."""
    note: str


class Reproduction(View):
    """A report. Times are UTC, ISO 8601, null before the first run; runs are counted over all settings."""

    name: str
    title: str
    about: str
    source: str
    scale: float
    dataset: str
    done: int
    asked: int
    """Runs that can be named by now: a choice that is open may ask for more."""
    is_whole: bool
    seconds: float
    began: str | None
    ended: str | None
    machine: dict[str, str]
    class_names: tuple[str, ...]
    rows: tuple[ReportRow, ...]
    tally: str
    """How many claims hold, in words; "" without claims."""
    claims: tuple[ClaimAnswer, ...]
    unknown: tuple[str, ...]
    warnings: tuple[str, ...]


def report(trial: Trial, results: Results) -> Reproduction:
    """What the results say of the plan."""
    plan, have = trial.plan, results.by_hash
    asked = wanted(trial, have)
    by_setting: dict[str, Sequence[Measured]] = {
        one.id: [have[run.hash] for run in runs_of(trial, one, have) if run.hash in have]
        for one in plan.settings
    }
    used = [have[one.hash] for one in asked if one.hash in have]
    times = sorted(run.finished_at for run in used)
    labels = {one.id: one.label for one in plan.settings}
    claims = tuple(answered(claim, by_setting, labels) for claim in plan.claims)
    return Reproduction(
        name=plan.name,
        title=plan.title,
        about=plan.about,
        source=plan.source,
        scale=trial.scale,
        dataset=trial.dataset or plan.dataset,
        done=len(used),
        asked=len(asked),
        is_whole=len(used) == len(asked) and all(is_settled(trial, one, have) for one in plan.settings),
        seconds=sum(run.seconds for run in used),
        began=times[0] if times else None,
        ended=times[-1] if times else None,
        machine=_machine(used),
        class_names=next((tuple(one.name for one in run.classes) for run in used if run.classes), ()),
        rows=tuple(_row(trial, one, by_setting[one.id], have) for one in plan.settings),
        tally=tally(claims) if claims else "",
        claims=claims,
        unknown=plan.unknown,
        warnings=tuple(_warnings(trial, used)),
    )


def _row(trial: Trial, setting: Setting, runs: Sequence[Measured], have: Mapping[str, Measured]) -> ReportRow:
    published = published_results().get(setting.published)
    classes = len(runs[0].classes) if runs else 0
    return ReportRow(
        id=setting.id,
        label=setting.label,
        published=published.accuracy if published else None,
        published_source=published.source if published else "",
        published_classes=published.classes if published else (),
        best_test_epoch=published is not None and published.best_test_epoch,
        inconsistent=published is not None and bool(inconsistency(published)),
        n=len(runs),
        seeds=setting.seeds,
        metrics={name: spread_of(name, runs) for name in SHOWN},
        classes=tuple(Spread.of(_recall(run, at) for run in runs) for at in range(classes)),
        chosen=_chosen(trial, setting, have),
        note=setting.note,
    )


def published_results() -> dict[str, Result]:
    """The published rows that come with betaboard, by id."""
    return {one.id: one for one in reference_results()}


def _recall(run: Measured, at: int) -> float | None:
    one = run.classes[at]
    return one.correct / one.support if one.support else None


def _chosen(trial: Trial, of: Setting, have: Mapping[str, Measured]) -> str:
    if not trial.plan.chosen(of):
        return ""
    many = math.prod(map(len, trial.plan.chosen(of).values()))
    known = [have[one.hash] for one in tried(trial, of, have) if one.hash in have]
    lost = sum(one.validation is None for one in known)
    values = chosen_values(trial, of, have)
    without = f", {lost} without a figure on validation" if lost else ""
    if values is None:
        return f"{'none can be chosen' if lost == many else 'not chosen yet'}, of {many}{without}"
    offered = trial.plan.chosen(of)
    told = (f"{path} {setting(value)}{_edge(value, offered[path])}" for path, value in values.items())
    return ", ".join(told) + f", of {many}{without}"


def _edge(value: object, offered: Sequence[object]) -> str:
    """Where a number is the first or last of several that were tried, beyond which better ones may lie."""
    numbers = [one for one in offered if isinstance(one, int | float)]
    if len(numbers) < 3 or value not in (min(numbers), max(numbers)):
        return ""
    return f" ({'lowest' if value == min(numbers) else 'highest'} tried)"


def _machine(runs: Sequence[Measured]) -> dict[str, str]:
    """Each fact, and all its values where the runs differ."""
    found = {}
    for key in _VERSIONS:
        known = [run.provenance[key] for run in runs if run.provenance.get(key) is not None]
        values = Counter(map(setting, known))
        if values:
            found[key] = "; ".join(value for value, _ in values.most_common())
    return found


def _warnings(trial: Trial, used: Sequence[Measured]) -> Iterator[str]:
    if trial.scale != 1:
        yield (
            f"Cut down to {trial.scale:g} of the epochs: this shows that the recipe runs here from end to "
            "end, and what it costs. It cannot show what was published: figures of so few epochs lie below "
            "those of full training, and methods may stand in another order."
        )
    if trial.dataset and trial.dataset != trial.plan.dataset:
        yield (
            f"Trained on {trial.dataset} in place of {trial.plan.dataset}: published figures are of the "
            "latter, and hold for the former only as far as its images are the same."
        )
    if len({run.provenance.get("device_name") for run in used}) > 1:
        yield "The runs were made on different machines."
