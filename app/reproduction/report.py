"""The report of a reproduction: published figures beside ours, and which claims hold. View, fill, blocks."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from app.comparing.parts import Spread
from app.comparing.report.subject import Block, Bullets, Heading, Paragraph
from app.comparing.table.words import Cells, TextCell, texts
from app.formats import DASH, counted, duration, percent, setting
from app.published.fill import reference_results
from app.published.result import Result, inconsistency
from app.reproduction.claims import Answer, ClaimAnswer, Rows, answered
from app.reproduction.plan import Setting
from app.reproduction.results import Measured, Results
from app.reproduction.wanted import Trial, chosen_values, runs_of, tried, wanted
from app.views.base import View
from trainer.metrics.fields import Figure

SHOWN = ("accuracy", "head", "medium", "tail")
_VERSIONS = ("betaboard", "python", "torch", "cpu", "device_name", "threads")


class ReportRow(View):
    """A setting: what was published of it and what came out here, over n of `seeds` seeds."""

    id: str
    label: str
    published: Figure
    published_classes: tuple[Figure, ...]
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
    claims: tuple[ClaimAnswer, ...]
    unknown: tuple[str, ...]
    warnings: tuple[str, ...]


def report(trial: Trial, results: Results) -> Reproduction:
    """What the results say of the plan."""
    plan, have = trial.plan, results.by_hash
    asked = wanted(trial, have)
    by_setting: dict[str, list[Measured]] = {
        one.id: [have[run.hash] for run in runs_of(trial, one, have) if run.hash in have]
        for one in plan.settings
    }
    used = [have[one.hash] for one in asked if one.hash in have]
    times = sorted(run.finished_at for run in used)
    labels = {one.id: one.label for one in plan.settings}
    known: Rows = by_setting
    return Reproduction(
        name=plan.name,
        title=plan.title,
        about=plan.about,
        source=plan.source,
        scale=trial.scale,
        dataset=trial.dataset or str(trial.configured(plan.asked(plan.settings[0])).data.dataset),
        done=len(used),
        asked=len(asked),
        is_whole=len(used) == len(asked)
        and all(chosen_values(trial, one, have) is not None for one in plan.settings),
        seconds=sum(run.seconds for run in used),
        began=times[0] if times else None,
        ended=times[-1] if times else None,
        machine=_machine(used),
        class_names=tuple(one.name for one in used[0].classes) if used else (),
        rows=tuple(_row(trial, one, by_setting[one.id], have) for one in plan.settings),
        claims=tuple(answered(claim, known, labels) for claim in plan.claims),
        unknown=plan.unknown,
        warnings=tuple(_warnings(trial, used)),
    )


def _row(trial: Trial, setting: Setting, runs: Sequence[Measured], have: Mapping[str, Measured]) -> ReportRow:
    published = _published().get(setting.published)
    names = [one.name for one in runs[0].classes] if runs else []
    return ReportRow(
        id=setting.id,
        label=setting.label,
        published=published.accuracy if published else None,
        published_classes=published.classes if published else (),
        inconsistent=published is not None and bool(inconsistency(published)),
        n=len(runs),
        seeds=setting.seeds,
        metrics={name: Spread.of(run.metrics.get(name) for run in runs) for name in SHOWN},
        classes=tuple(Spread.of(_recall(run, at) for run in runs) for at in range(len(names))),
        chosen=_chosen(trial, setting, have),
        note=setting.note,
    )


def _published() -> dict[str, Result]:
    return {one.id: one for one in reference_results()}


def _recall(run: Measured, at: int) -> float | None:
    one = run.classes[at]
    return one.correct / one.support if one.support else None


def _chosen(trial: Trial, of: Setting, have: Mapping[str, Measured]) -> str:
    if not trial.plan.chosen(of):
        return ""
    many = len(tuple(tried(trial, of)))
    values = chosen_values(trial, of, have)
    if not values:
        return f"not chosen yet, of {many}"
    return ", ".join(f"{path} {setting(value)}" for path, value in values.items()) + f", of {many}"


def _machine(runs: Sequence[Measured]) -> dict[str, str]:
    """Each fact, and all its values where the runs differ."""
    found = {}
    for key in _VERSIONS:
        values = Counter(setting(run.provenance.get(key)) for run in runs if run.provenance)
        if values:
            found[key] = "; ".join(value for value, _ in values.most_common())
    return found


def _warnings(trial: Trial, used: Sequence[Measured]) -> Iterator[str]:
    if trial.scale != 1:
        yield (
            f"Cut down to {trial.scale:g} of the epochs: this proves that the recipe runs here from end to "
            "end. Its figures cannot be held against published ones, and orderings of methods may differ "
            "from those of full training."
        )
    if len({run.provenance.get("device_name") for run in used}) > 1:
        yield "The runs were made on different machines."


def blocks(view: Reproduction) -> tuple[Block, ...]:
    """The report in reading order."""
    return (
        Heading(view.title, level=1),
        Paragraph(view.about),
        *(
            [Bullets(tuple((text, "") for text in view.warnings), "Before you believe it.")]
            if view.warnings
            else ()
        ),
        Paragraph(_state(view)),
        *_claims(view),
        Heading("Figures"),
        figures_table(view),
        *([class_table(view)] if view.class_names else ()),
        *_open(view),
        Heading("Machine and versions"),
        Cells(
            "As the runs told them", ("What", "Value"), tuple(texts(*it) for it in view.machine.items()), 2
        ),
    )


def _state(view: Reproduction) -> str:
    times = f" between {view.began} and {view.ended} (UTC)" if view.began else ""
    took = f", {duration(view.seconds)} of computing in all" if view.seconds else ""
    whole = "" if view.is_whole else " It is not finished: what is missing stands as open."
    return (
        f"{view.done} of {counted(view.asked, 'run')}{times}{took}, on {view.dataset}. Figures are of the last "
        f"epoch on the test set, mean and sample standard deviation over seeds.{whole}"
    )


def _claims(view: Reproduction) -> Iterator[Block]:
    if not view.claims:
        return
    yield Heading("Claims")
    yield Paragraph(
        "Each was declared before the first run: what is compared, in which direction, by how much. It holds "
        "where the 95 % interval of each of its parts lies inside the declared bounds, it does not where one "
        "lies outside; each answer errs in at most 5 % of cases, for itself."
    )
    counts: Counter[Answer] = Counter(claim.answer for claim in view.claims)
    tally = ", ".join(f"{many} {_word(answer, many)}" for answer, many in counts.items())
    yield Paragraph(f"Of {counted(len(view.claims), 'claim')}: {tally}.")
    yield claims_table(view)


def _word(answer: Answer, many: int) -> str:
    plural = {"holds": "hold", "does not hold": "do not hold", "cannot tell": "cannot be told"}
    singular = {"holds": "holds", "does not hold": "does not hold", "cannot tell": "cannot be told"}
    return (singular if many == 1 else plural)[answer]


def claims_table(view: Reproduction) -> Cells:
    """A row a part; the claim and its answer stand in the first of them."""
    rows = []
    for claim in view.claims:
        for at, part in enumerate(claim.parts):
            first = (claim.says, claim.answer) if at == 0 else ("", "")
            own = part.answer if len(claim.parts) > 1 else ""
            rows.append(texts(*first, part.declared, part.said + (f": {own}" if own else "")))
    head = ("Claim", "Answer", "Declared", "Found, with 95 % interval")
    return Cells("Claims, what they were taken to mean, and what came out", head, tuple(rows), 4)


def figures_table(view: Reproduction) -> Cells:
    """Published accuracy beside ours, in percent."""
    rows = []
    for row in view.rows:
        published = percent(row.published) + (" (contradicts itself)" if row.inconsistent else "")
        cells = [
            TextCell(row.label),
            TextCell(f"{row.n} of {row.seeds}"),
            TextCell(published if row.published else DASH),
        ]
        cells += [_spread(row.metrics[name]) for name in SHOWN]
        rows.append((*cells, TextCell(row.chosen or row.note or DASH)))
    head = ("Setting", "Seeds", "Published", "Ours", "Head", "Medium", "Tail", "Chosen on validation, notes")
    return Cells("Accuracy on the test set in percent", head, tuple(rows), 1)


def class_table(view: Reproduction) -> Cells:
    """Mean recall of each class, the published one beside it where there is one."""
    rows = []
    for row in view.rows:
        if not row.classes:
            continue
        pairs = zip(row.classes, row.published_classes or (None,) * len(row.classes), strict=True)
        cells = (
            TextCell(percent(ours.mean), rest=f"({percent(theirs)})" if theirs is not None else "")
            for ours, theirs in pairs
        )
        rows.append((TextCell(row.label), *cells))
    return Cells(
        "Recall of each class in percent, in brackets as published",
        ("Setting", *view.class_names),
        tuple(rows),
        1,
    )


def _spread(spread: Spread) -> TextCell:
    if spread.mean is None:
        return TextCell(DASH)
    return TextCell(percent(spread.mean), rest=f"± {percent(spread.sd)}" if spread.sd is not None else "")


def _open(view: Reproduction) -> Iterator[Block]:
    if view.unknown:
        yield Heading("What the source leaves open")
        yield Bullets(tuple((text, "") for text in view.unknown))
