"""A matrix of task transfers as a report in Markdown: method, answers, tables, policies."""

from collections.abc import Iterator, Mapping, Sequence

from app.comparing.parts import Spread
from app.comparing.report.blocks import Block, Bullets, Heading, Paragraph
from app.comparing.report.markdown import markdown
from app.comparing.table.words import Cells, texts
from app.formats import DASH, counted, percent, significant
from app.task_transfers.readings import pairs_against, singles
from app.task_transfers.rows import SideBySide, side_by_side
from app.task_transfers.view import Control, Share, TaskLine, TaskPolicyView, TaskTransferView, Transfer
from app.task_transfers.words import called, share_text
from trainer.transfer.between_tasks.plan import CONTROLS

BUDGETS = (2, 4, 6)
"""At which a report tells the policy."""


def report(view: TaskTransferView, policies: Sequence[TaskPolicyView], address: str) -> str:
    """policies: of some budgets, none before all single sources are read out. address: of the page."""
    return markdown(tuple(_blocks(view, policies, address)), ())


def _blocks(view: TaskTransferView, policies: Sequence[TaskPolicyView], address: str) -> Iterator[Block]:
    yield Heading(f"Transfers between {counted(len(view.tasks), 'task')}", level=1)
    yield Paragraph(_method(view))
    yield Paragraph(f"State: {view.state}, {view.done} of {view.pieces} pieces measured. From {address}")
    if view.warnings:
        yield Bullets(tuple((text, "") for text in view.warnings), title="Before you believe it.")
    yield from _answers(view)
    if known := singles(view, view.sizes[-1]):
        yield Heading("Transfers")
        yield _matrix(view, known, f"a readout of {view.sizes[-1]:,} images")
        if tuned := singles(view, view.sizes[-1], "finetune"):
            yield _matrix(view, tuned, f"the source's network, fine-tuned on {view.sizes[-1]:,} images,")
        yield _references(view, known)
        if together := side_by_side(view):
            yield _sets(view, together)
    if policies:
        yield Heading("Which tasks to label")
        yield Bullets(tuple((one.text, "") for one in policies))
    yield from _guesses(view)
    yield Heading("Tasks")
    yield _tasks(view.tasks)


def _method(view: TaskTransferView) -> str:
    *fewer, most = (f"{size:,}" for size in view.sizes)
    sizes = f"{', '.join(fewer)} and {most}" if fewer else most
    return (
        f"Each task has a network of its own (width {view.width}, {counted(view.epochs, 'epoch')} of 6,000 "
        f"drawn scenes). Its encoder, frozen, is read out for every target from {sizes} labelled "
        f"images, over {counted(len(view.seeds), 'seed')}. {_tuned(view)}Figures are of test "
        "images, intervals 95 % over seeds and images; what is chosen is chosen on validation images. "
        "Method: Zamir et al. 2018 (Taskonomy)."
    )


def _tuned(view: TaskTransferView) -> str:
    if not view.finetune:
        return ""
    return f"Besides, it is trained on as a whole (fine-tuned) on {view.sizes[-1]:,} images. "


def _answers(view: TaskTransferView) -> Iterator[Block]:
    found = view.answers
    if found is None:
        return
    yield Heading("Answers")
    said = [f"{one.claim} {one.verdict.capitalize()}. {one.text}" for one in found.claims]
    said += [f"Strongest: {found.strongest}", f"Weakest: {found.weakest}"]
    if found.levels is not None:
        said.append(
            "Tasks of one level serve each other best. "
            f"{found.levels.verdict.capitalize()}. {found.levels.text}"
        )
    yield Bullets(tuple((text, "") for text in said if text))
    if found.levels is not None and found.levels.contradictions:
        against = tuple((one.text, "") for one in found.levels.contradictions)
        yield Bullets(against, title=f"{pairs_against(found.levels, 'that expectation')}.")


def _matrix(view: TaskTransferView, known: Mapping[tuple[str, str], Transfer], what: str) -> Cells:
    """Gain by source and target, in the order of the clustering."""
    short = _short(view)
    targets = [one for one in view.order_of_targets if any(one == target for _, target in known)]
    sources = [one for one in view.order_of_sources if any(one == source for source, _ in known)]
    rows = [
        texts(called(source), *(_mean(_gain(known.get((source, target)))) for target in targets))
        for source in sources
    ]
    caption = (
        f"Gain in %: share of test images on which {what} has a lower loss than a network trained from "
        "scratch on the same images (50 is none better), by source and target"
    )
    return Cells(caption, ("Source", *(short[target] for target in targets)), tuple(rows))


def _references(view: TaskTransferView, known: Mapping[tuple[str, str], Transfer]) -> Cells:
    """By target its best source, and what stands beside it."""
    tasks = {task.name: task for task in view.tasks}
    scratch = {one.target: one.measure for one in view.scratch if one.images == view.sizes[-1]}
    rows = []
    for target in view.order_of_targets:
        others = [
            one
            for (source, to), one in known.items()
            if to == target and source not in (target, *CONTROLS) and one.affinity is not None
        ]
        best = max(others, key=lambda one: one.affinity or 0.0, default=None)
        if best is None:
            continue
        task, random = tasks[target], known.get(("random", target))
        figures = (
            _spread(best.measure), _spread(random.measure if random else None), _spread(scratch.get(target)),
            _spread(task.own), significant(task.chance),
        )  # fmt: skip
        rows.append(
            texts(f"{task.title} ({task.measure})", called(best.sources[0]), _share(best.gain), *figures)
        )
    head = (
        "Target (measure)", "Best source, by validation images", "Gain, %", "Best source", "Random encoder",
        "From scratch", "Its own network", "Chance",
    )  # fmt: skip
    return Cells("Each target, in its own measure: mean ± SD over seeds", head, tuple(rows), text_columns=2)


def _sets(view: TaskTransferView, found: Sequence[SideBySide]) -> Cells:
    """By target its best single source, and the best sets below it."""
    tasks = {task.name: task for task in view.tasks}
    rows = [
        texts(tasks[one.target].title, " + ".join(map(called, row.sources)), row.gain, row.quality)
        for one in found
        for row in one.rows
    ]
    caption = (
        f"Sources side by side, by {view.sizes[-1]:,} images: each target's best single source by validation "
        "images, then the sets of highest gain, picked by the very test images that tell of them"
    )
    return Cells(caption, ("Target", "Sources", "Gain, %", "Quality, %"), tuple(rows), text_columns=2)


def _guesses(view: TaskTransferView) -> Iterator[Block]:
    if view.answers is None:
        return
    new = [one for one in view.answers.expectations if one.is_new]
    others = [one for one in view.answers.expectations if not one.is_new]
    for title, found in (("New targets", new), ("Where one would have guessed to transfer from", others)):
        if found:
            yield Heading(title)
            yield Bullets(tuple((f"{called(one.target)}: {one.text}", "") for one in found))
    if view.answers.controls:
        yield Heading("Does the best source beat a random encoder?")
        words = {True: "yes", False: "no", None: "cannot tell"}
        yield Bullets(tuple((_control(one, words[one.is_better]), "") for one in view.answers.controls))


def _control(one: Control, word: str) -> str:
    return f"{called(one.target)}: {word}, {called(one.best)} wins {share_text(one.wins)} of images."


def _tasks(tasks: Sequence[TaskLine]) -> Cells:
    rows = [
        texts(
            task.title, task.level, "yes" if task.needs_labels else "no", task.measure, task.unit or DASH,
            significant(task.chance), _spread(task.own), significant(task.ceiling),
        )
        for task in tasks
    ]  # fmt: skip
    head = (
        "Task",
        "Level",
        "Needs labels",
        "Measure",
        "Unit",
        "Chance",
        "Its own network",
        "Best there can be",
    )
    return Cells("Tasks of the job", head, tuple(rows), text_columns=5)


def _short(view: TaskTransferView) -> dict[str, str]:
    return {task.name: task.short for task in view.tasks}


def _gain(one: Transfer | None) -> Share | None:
    return one.gain if one else None


def _mean(share: Share | None) -> str:
    return DASH if share is None else percent(share.mean)


def _share(share: Share) -> str:
    ends = "" if share.low is None else f" ({percent(share.low)} to {percent(share.high)})"
    return f"{percent(share.mean)}{ends}"


def _spread(spread: Spread | None) -> str:
    if spread is None or spread.mean is None:
        return DASH
    return significant(spread.mean) + (f" ± {significant(spread.sd)}" if spread.sd is not None else "")
