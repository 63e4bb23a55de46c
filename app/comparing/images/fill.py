"""Fills the view of the images behind two settings."""

from collections.abc import Sequence

import numpy as np

from app.comparing.figures.source import Source
from app.comparing.images.agreement import agreement, all_wrong, sides_like
from app.comparing.images.asked import AskedImages, Flags
from app.comparing.images.mcnemar import adjusted, exact_p
from app.comparing.images.query import Asked
from app.comparing.images.sides import Pair, Side, pair_of
from app.comparing.images.view import ClassSplit, ComparedImages, HardImage, SideView, Split
from app.comparing.view import Delta
from app.errors import NotFoundError
from app.settings import Settings
from app.views.gallery.query import SIZE
from app.views.images.sheet import of_numbers, sheet_view
from app.views.images.shown import shown_images
from app.views.images.view import SheetView
from trainer.metrics.table import NAMES


def compared_images(source: Source, settings: Settings, them: AskedImages) -> ComparedImages:
    """What is asked for. Raises InvalidError for a class, NotFoundError for an image that there is not."""
    pair, asked = them.pair, them.asked
    page = slice(asked.start, asked.start + SIZE)
    others = _others(source, settings, them)
    hard = _hard(them, others) if asked.show == "hard" else []
    found = len(hard) if asked.show == "hard" else len(them.found)
    items = tuple(map(them.image, them.found[page].tolist())) if asked.show == "images" else ()
    shown = [one.index for one in (items or hard[page])]
    return ComparedImages(
        a=_side(pair.a),
        b=_side(pair.b),
        images=len(pair.labels),
        split=_split(them, np.ones(len(pair.labels), bool)),
        classes=_classes(source, them),
        choices=them.choices(),
        taken=them.taken(),
        found=found,
        items=items,
        every_run=sum(len(one.members) for one in others),
        hard=tuple(hard[page]),
        agreement=tuple(map(agreement, others)) if asked.show == "seeds" else (),
        sheet=_sheet(them, shown),
        unshown=them.unshown,
        left_out=pair.left_out,
        next_from=page.stop if asked.show != "seeds" and page.stop < found else None,
        opened=None if asked.image is None else them.opened(asked.image),
    )


def asked_images(source: Source, settings: Settings, asked: Asked) -> AskedImages:
    """The two sides and what is asked of their images. Raises as `pair_of`."""
    pair = pair_of(source)
    try:
        shown = shown_images(settings, pair.first, "test", pair.a.members[0].answers)
    except NotFoundError as error:
        return AskedImages(pair, asked, None, f"{error.message} {error.hint}")
    return AskedImages(pair, asked, shown)


def _others(source: Source, settings: Settings, them: AskedImages) -> tuple[Side, ...]:
    """Every setting on these images; adjusted logits answer for themselves, but are no further networks."""
    show, views = them.asked.show, source.runs
    if show == "images":
        return ()
    like = views.plain if show == "hard" else views.chosen
    return tuple(sides_like(like, settings, source.request.epoch, them.pair.a.members[0]))


def _side(side: Side) -> SideView:
    return SideView(
        label=side.label,
        run_ids=side.run_ids,
        accuracy=float(np.mean(side.accuracies)),
        ensemble_accuracy=float(side.answers.right.mean()),
    )


def _split(them: AskedImages, members: Flags) -> Split:
    counts = {name: int((flags & members).sum()) for name, flags in them.right.items()}
    return Split(
        images=int(members.sum()),
        both=counts["both"],
        only_a=counts["a"],
        only_b=counts["b"],
        neither=counts["neither"],
        p=None if them.pair.is_flattered else exact_p(counts["a"], counts["b"]),
    )


def _classes(source: Source, them: AskedImages) -> tuple[ClassSplit, ...]:
    """Every class, most training images first."""
    pair = them.pair
    members = [pair.labels == at for at in them.order]
    splits = [_split(them, one) for one in members]
    raised = adjusted([one.p for one in splits])
    deltas = _deltas(source, pair, [them.names[at] for at in them.order])
    return tuple(
        ClassSplit(
            name=them.names[at],
            train_count=them.counts[at],
            split=split.model_copy(update={"adjusted": p}),
            recall_a=_recall(pair.a, member),
            recall_b=_recall(pair.b, member),
            delta=delta,
        )
        for at, member, split, p, delta in zip(them.order, members, splits, raised, deltas, strict=True)
    )


def _recall(side: Side, members: Flags) -> float | None:
    """Mean over the networks; None without images."""
    if not members.any():
        return None
    return float(side.right_counts[members].mean() / len(side.members))


def _deltas(source: Source, pair: Pair, names: Sequence[str]) -> list[Delta | None]:
    """By class, A minus B over seeds as the comparison judges it, with its whole family."""
    judged = source.runs.judged
    places = {sample.label: at for at, sample in enumerate(judged.scored.samples)}
    a, b = places.get(pair.a.label), places.get(pair.b.label)
    columns = {one.name: len(NAMES) + at for at, one in enumerate(source.compared.classes)}
    if a is None or b is None:
        return [None] * len(names)
    return [judged.delta(a, b, columns[name]) if name in columns else None for name in names]


def _hard(them: AskedImages, sides: Sequence[Side]) -> list[HardImage]:
    """Of the asked-for true class, or all."""
    said = [member.answers.predicted for side in sides for member in side.members]
    wrong = all_wrong(them.pair.labels, said, len(them.names))
    if them.asked.true:
        number = them.number("true", them.asked.true)
        wrong = [one for one in wrong if them.pair.labels[one[0]] == number]
    return [
        HardImage(
            index=index,
            dataset_index=them.dataset_index(index),
            true=them.names[int(them.pair.labels[index])],
            said=them.names[most],
            said_by=by,
        )
        for index, most, by in wrong
    ]


def _sheet(them: AskedImages, indices: Sequence[int]) -> SheetView | None:
    if them.shown is None or not indices:
        return None
    return sheet_view(them.shown.pool, of_numbers(them.shown.pool, them.shown.places[indices].tolist()))
