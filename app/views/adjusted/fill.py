"""Fills the view of a run whose kept logits are adjusted: within 50 ms of 10,000 images and 100 classes."""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from sqlalchemy.orm import Session

from app.formats import brief
from app.settings import Settings
from app.store import runs as run_store
from app.views.adjusted import view as views
from app.views.adjusted.caveats import notes, read_config
from app.views.adjusted.choose import curve, grid, without
from app.views.adjusted.kept import FileSeen, logits_in
from app.views.adjusted.measure import Seen, measured
from app.views.adjusted.point import Point
from app.views.adjusted.run import RunLogits
from app.views.series.fill import ratio
from trainer.metrics.calibration import BINS
from trainer.metrics.table import METRICS
from trainer.posthoc import Adjustment
from trainer.run_dir import EpochName, SplitName


def adjusted(
    session: Session, settings: Settings, run_id: int, asked: Point, at: EpochName = "last"
) -> views.Adjusted:
    """The run's test answers before and after. Raises NotFoundError where it kept none, as `predictions`.

    InvalidError for a prior of other classes, a norm that this network has not, and a tau where a class has
    no training images.
    """
    of = RunLogits(run_store.get_run(session, run_id), settings.runs_dir, at)
    found, by = of.resolved(asked)
    before = _before(of.file("test"), of.counts, by.prior)
    after = measured(of.test, of.counts, by, by.prior)
    config, chosen = read_config(of.run.config), {best.on for best in found.values()}
    least = _least(of) if "validation" in chosen else None
    return views.Adjusted(
        run_id=of.run.id,
        name=of.run.name,
        epoch=of.test.epoch,
        images=_images(of),
        classes=_classes(of, before, after),
        numbers=tuple(
            views.AdjustedNumber(name=name, value=best.value, chosen_on=best.on, at_edge=best.at_edge)
            for name, best in found.items()
        ),
        prior=by.prior or None,
        asked=asked.words,
        formula=formula(by),
        figures=tuple(_figures(before, after, bool(by.prior))),
        before=_side(before),
        after=_side(after),
        curve=_curve(of, by),
        notes=tuple(notes(config, of.counts, found, asked, least)),
        exact="test" not in chosen,
    )


@lru_cache(maxsize=4)
def _before(file: FileSeen, counts: tuple[int, ...], prior: tuple[float, ...]) -> Seen:
    """Of the runs that are being looked at: it stays while a number is slid."""
    return measured(logits_in(file), counts, Adjustment(), prior)


def formula(by: Adjustment) -> str:
    """What is done, with the numbers in it: "softmax(z − 1.2 log π)"."""
    inner = "z" if by.norm is None else f"(z − b) / |w|^{by.norm:g}"
    if by.tau:
        inner += f" − {by.tau:g} log π"
    if by.prior:
        inner += " + log q"
    if by.temperature != 1:
        inner = f"({inner}) / {brief(by.temperature)}" if inner != "z" else f"z / {brief(by.temperature)}"
    return f"softmax({inner})"


def _images(of: RunLogits) -> dict[str, int]:
    found = {"test": len(of.test.labels)}
    if of.has_validation:
        found["validation"] = sum((of.run.started or {}).get("validation_counts", ()))
    return found


def _least(of: RunLogits) -> int:
    held_out = (of.run.started or {}).get("validation_counts", ())
    return int(min((images for images in held_out if images), default=0))


def _figures(before: Seen, after: Seen, has_prior: bool) -> Iterator[views.AdjustedFigure]:
    ours, theirs = before.metrics, after.metrics
    for name, value in ours.items():
        yield _figure(name, value, theirs[name])
    if has_prior:
        words = {"title": "At the prior", "about": "accuracy where classes have the shares of the prior"}
        yield _figure("accuracy", before.at_shares, after.at_shares, has_prior, **words, name="at_prior")
    pairs = {
        "loss": (before.loss, after.loss),
        "ece": (before.reliability.error, after.reliability.error),
        "classwise_ece": (float(before.class_errors.mean()), float(after.class_errors.mean())),
        "brier": (before.brier, after.brier),
    }
    for name, (one, other) in pairs.items():
        words = {"title": "NLL"} if name == "loss" else {}
        yield _figure(name, one, other, has_prior, **words)


def _figure(
    metric: str, before: float | None, after: float | None, at_prior: bool = False, **words: Any
) -> views.AdjustedFigure:
    of = METRICS[metric]
    known = {"name": metric, "title": of.title, "about": of.about, "unit": of.unit, "better": of.better}
    return views.AdjustedFigure(**known | words, before=before, after=after, at_prior=at_prior)


def _classes(of: RunLogits, before: Seen, after: Seen) -> tuple[views.AdjustedClass, ...]:
    sides = [list(_class_sides(seen)) for seen in (before, after)]
    support, shares = before.outcome.support.tolist(), before.shares.tolist()
    columns = zip(of.names, of.counts, support, shares, *sides, strict=True)
    return tuple(
        views.AdjustedClass(
            class_id=at, name=name, train_count=images, support=seen, share=share, before=one, after=other
        )
        for at, (name, images, seen, share, one, other) in enumerate(columns)
    )


def _class_sides(seen: Seen) -> Iterator[views.ClassSide]:
    of = seen.outcome
    columns = (of.support, of.correct, of.predicted, seen.class_means, seen.class_errors)
    for support, correct, predicted, mean, error in zip(*(one.tolist() for one in columns), strict=True):
        yield views.ClassSide(
            correct=correct,
            predicted=predicted,
            recall=ratio(correct, support),
            precision=ratio(correct, predicted),
            mean_probability=mean,
            calibration_error=error,
        )


def _side(seen: Seen) -> views.AdjustedSide:
    whole = float(seen.reliability.weight.sum())
    columns = zip(*(column.tolist() for column in seen.reliability), strict=True)
    bins = tuple(
        views.ReliabilityBin(
            low=at / BINS,
            high=(at + 1) / BINS,
            share=weight / whole,
            confidence=confidence / weight if weight else None,
            found=found / weight if weight else None,
        )
        for at, (weight, confidence, found) in enumerate(columns)
    )
    return views.AdjustedSide(confusion=tuple(map(tuple, seen.outcome.confusion.tolist())), bins=bins)


def _curve(of: RunLogits, by: Adjustment) -> views.TauCurve:
    """Nothing but norm and prior moves it, so that it is remembered while tau is slid along it."""
    plain = without(by, "tau")
    splits: tuple[SplitName, ...] = ("test", "validation") if of.has_validation else ("test",)
    figures: Mapping[str, tuple[float, ...]] = {
        split: curve(of.file(split), of.counts, plain, "tau") for split in splits
    }
    taus, chosen = grid("tau"), splits[-1]
    best = taus[max(range(len(taus)), key=lambda at: (figures[chosen][at], -at))]
    held_out = figures.get("validation", (None,) * len(taus))
    points = zip(taus, figures["test"], held_out, strict=True)
    return views.TauCurve(
        criterion="accuracy at the prior" if by.prior else "balanced accuracy",
        points=tuple(views.TauPoint(tau=tau, test=one, validation=other) for tau, one, other in points),
        best=best,
        chosen_on=chosen,
    )
