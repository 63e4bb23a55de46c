"""Reasons behind the verdicts: sentences computed from the figures, each naming the figure it rests on.

Differences are test figures in percentage points, rows minus baseline, judged for the whole page together. A
sentence that says that something differs (`claim`) stands only where its adjusted interval does.
"""

from collections.abc import Iterator, Mapping

from app.comparing.verdicts.beta_optimum import beta_optimum
from app.comparing.verdicts.evidence import BETA, TABLE, TRADEOFF, Evidence, short
from app.comparing.verdicts.tuning import tuned_word, values_tried
from app.comparing.view import CompareRow, Delta, Observation
from app.formats import brief, change, count, cut, first_few, gather, listed, percent
from app.views.runs.warnings import MOSTLY_DEAD
from trainer.metrics.table import NAMES

MOST_OBSERVATIONS = 10
HEAT, CHANGES = "compare-heat", "compare-heat-delta"
_NAMED = 3
Layers = Mapping[int, Mapping[str, float]]
"""Run id -> layer -> share of its units that are zero for every test image."""


def observations(evidence: Evidence, dead: Layers) -> tuple[Observation, ...]:
    """At most MOST_OBSERVATIONS sentences, the most telling first; () where no row has figures."""
    if not evidence.rows:
        return ()
    found = [
        *_tuned(evidence),
        *_seesaw(evidence),
        *_changed_classes(evidence),
        *beta_optimum(evidence, BETA),
        *_below_chance(evidence),
        *_dead_layers(evidence, dead),
        *_images_alone(evidence),
        *_one_seed(evidence),
    ]
    return tuple(found[:MOST_OBSERVATIONS])


def _tuned(evidence: Evidence) -> Iterator[Observation]:
    """The value that each setting chose, and whether it lies at the edge of what was tried."""
    rows = [row for row in evidence.rows if row.tuning and not row.adjusted]
    if not rows:
        return
    whose = "Each setting" if len(rows) == len(evidence.rows) else listed([row.label for row in rows], _NAMED)
    [word] = {tuned_word(row.tuning.path) for row in rows if row.tuning}
    tried = {values_tried(row.tuning) for row in rows if row.tuning}
    budget = f"{tried.pop()} values each" if len(tried) == 1 else "unequal numbers of values"
    rates = first_few([_tuned_rate(row) for row in rows], _NAMED)
    text = f"{whose} at the {word} that validation chose ({budget}): {rates}."
    yield Observation(text=text, figure=TABLE)


def _tuned_rate(row: CompareRow) -> str:
    assert row.tuning is not None, "a tuned row"
    tried = row.tuning.tried
    edge = ", at the edge of what was tried" if row.tuning.at_edge else ""
    own = "" if row.tuning.held_out else ", chosen on the seed that it is reported on"
    place = next(at for at, one in enumerate(tried) if one.chosen)
    beside = [one for at, one in enumerate(tried) if abs(at - place) == 1]
    near = ", ".join(f"{brief(one.value, 6)} {percent(one.validation)}" for one in beside)
    best = tried[place]
    chosen = f"{short(row.label)} {brief(best.value, 6)} ({percent(best.validation)} % on validation"
    return f"{chosen}{f'; beside it {near}' if near else ''}{edge}{own})"


def _seesaw(evidence: Evidence) -> Iterator[Observation]:
    """Head against tail, of the row whose tail moved most: only where both surely moved, apart."""
    pairs = ((row, row.deltas.get("head"), row.deltas.get("tail")) for row in evidence.rows)
    known = [(row, head, tail) for row, head, tail in pairs if head and tail]
    moved = [one for one in known if {one[1].verdict, one[2].verdict} == {"better", "worse"}]
    if not moved:
        return
    row, head, tail = max(moved, key=lambda one: abs(one[2].mean or 0.0))
    against = f"{short(row.label)} against {short(evidence.view.baseline)}"
    text = f"Seesaw of {against}: head {_went(head)}, tail {_went(tail)} points."
    yield Observation(text=text, figure=TRADEOFF, claim=True)


def _changed_classes(evidence: Evidence) -> Iterator[Observation]:
    """Of the leading row, the classes that surely gained or lost."""
    lead, classes = evidence.rows[evidence.lead], evidence.view.classes
    against = f"{short(lead.label)} against {short(evidence.view.baseline)}"
    pairs = zip(lead.class_deltas, classes, strict=True)
    changes = [(delta, column) for delta, column in pairs if delta is not None]
    for word, verdict in (("gained", "better"), ("lost", "worse")):
        side = [one for one in changes if one[0].verdict == verdict]
        most = sorted(side, key=lambda one: -abs(one[0].mean or 0.0))[:_NAMED]
        if side:
            named = ", ".join(
                f"{cut(column.name)} {change(delta.mean)} ({count(column.train_count)} training images)"
                for delta, column in most
            )
            counts = f"{len(side)} of {len(classes)} classes surely {word}"
            text = f"{against}: {counts}, most {named}, in points."
            yield Observation(text=text, figure=CHANGES, claim=True)


def _below_chance(evidence: Evidence) -> Iterator[Observation]:
    """Classes whose recall is surely below 1/C: by a one-sided bound, adjusted over classes and rows."""
    classes, found = evidence.view.classes, []
    if len(classes) < 2:
        return
    for row, upper in zip(evidence.rows, _upper_bounds(evidence), strict=True):
        cells = [(cell.mean, one.name) for one, cell in zip(classes, row.classes, strict=True)]
        below = [cell for cell, bound in zip(cells, upper, strict=True) if bound < 1 / len(classes)]
        known = [(mean, name) for mean, name in below if mean is not None]
        if known:
            mean, name = min(known)
            lowest = f"(lowest {cut(name)}, {percent(mean)} %)"
            found.append(f"{short(row.label)} {len(known)} of {len(classes)} {lowest}")
    if found:
        rows = first_few(found, _NAMED, "setting")
        text = f"Classes found less often than 1 in {len(classes)}, by an upper bound: {rows}."
        yield Observation(text=text, figure=HEAT, claim=True)


def _upper_bounds(evidence: Evidence) -> list[list[float]]:
    """By row and class; infinite where there is none."""
    import numpy as np

    judged = evidence.judged
    tests = len(judged.scored.rows) * len(evidence.view.classes)
    upper = judged.means.upper(judged.part_alpha("chance", tests))
    found: list[list[float]] = np.nan_to_num(upper[:, len(NAMES) :], nan=np.inf).tolist()
    return found


def _dead_layers(evidence: Evidence, dead: Layers) -> Iterator[Observation]:
    """The cheapest explanation of a poor figure and of a large spread."""
    found = []
    for row in (one for one in evidence.rows if one.adjusted is None):
        shown = [run_id for run_id, epoch in zip(row.run_ids, row.epochs, strict=True) if epoch]
        layers = gather(item for run_id in shown for item in dead.get(run_id, {}).items())
        means = {layer: sum(shares) / len(shares) for layer, shares in layers.items()}
        worst = max(means, key=lambda layer: means[layer], default=None)
        if worst is not None and means[worst] > MOSTLY_DEAD:
            found.append(f"{short(row.label)} {percent(means[worst])} % of {worst}")
    if found:
        text = f"Units that are zero for every test image (dead): {first_few(found, _NAMED)}."
        yield Observation(text=text, figure=TABLE)


def _images_alone(evidence: Evidence) -> Iterator[Observation]:
    """Of two single runs: what the test images say of these two networks."""
    for row in evidence.rows:
        delta = row.deltas.get(evidence.view.headline)
        if delta and delta.images and delta.images.low is not None:
            ends = f"{change(delta.images.low)} to {change(delta.images.high)} over test images alone"
            what = (
                "two networks" if delta.method == evidence.judged.how.pairing else "readings of one network"
            )
            yield Observation(
                text=f"These {what}, {short(row.label)} and {short(evidence.view.baseline)}: "
                f"{change(delta.mean)} points, {ends} (exact McNemar p = {delta.images.p:.2g}). Other seeds "
                "may turn it round.",
                figure=TABLE,
            )
            return


def _one_seed(evidence: Evidence) -> Iterator[Observation]:
    rows = evidence.rows
    single = [row for row in rows if row.n == 1]
    if single and len(rows) > 1:
        which = "Every setting" if len(single) == len(rows) else f"{len(single)} of {len(rows)} settings"
        has = "has" if len(single) in (1, len(rows)) else "have"
        text = f"{which} {has} one seed: two networks are compared there, not two settings."
        action = evidence.steps.more_seeds([row.label for row in single], 4)
        yield Observation(text=text, figure=TABLE, action=action)


def _went(delta: Delta) -> str:
    mean = delta.mean or 0.0
    return f"{'gained' if mean > 0 else 'lost'} {percent(abs(mean))}"
