"""A field's effect as a view: its levels, the differences between them, and what is said beside them."""

import math
from collections.abc import Mapping, Sequence

import numpy as np

from app.comparing.effects.design import Factor, Key, Places
from app.comparing.effects.judging import Judged
from app.comparing.effects.view import (
    FieldAnswer,
    FieldEffect,
    Interaction,
    Level,
    LevelDifference,
    SimpleEffect,
)
from app.comparing.parts import ALPHA, Interval, parting
from app.comparing.statistics.contrasts import Estimate
from app.comparing.statistics.table import Floats
from app.comparing.view import Answer, SettingRow
from app.figures.metric_words import metric_word
from app.views.rates import rates_differ
from trainer.metrics.table import METRICS

_RATE = "optim.learning_rate"
UNTESTED = "fewer than two seeds of each setting"


def field_effect(judged: Judged, at: int, rows: Sequence[SettingRow], metric: str) -> FieldEffect:
    """Of the factor at this place."""
    factor = judged.design.factors[at]
    blocks = judged.design.blocks(factor, judged.only)
    tested = [one for one in factor.levels if any(one in levels for levels in blocks.values())]
    whole = sum(all(one in levels for one in tested) for levels in blocks.values())
    places = [place for place, pair in enumerate(judged.pairs) if pair.factor == at]
    places.sort(key=lambda place: -abs(float(judged.found.mean[place])))
    differences = tuple(_difference(judged, place, metric) for place in places)
    needed = judged.needed(places[0]) if places else None
    return FieldEffect(
        key=factor.paths[0],
        paths=factor.paths,
        label=factor.label,
        word=factor.word,
        levels=_levels(judged, factor, tested, has_means=whole > 0, metric=metric),
        balanced=whole == len(blocks),
        combinations=whole,
        of=len(blocks),
        differences=differences,
        answer=_answer(differences),
        seeds_needed=needed.seeds if needed else None,
        seeds_range=needed[1:] if needed and needed.seeds else None,
        moves_with=() if places else tuple(one.word for one in judged.design.moves_with(factor)),
        note=_rate_too(factor, blocks, rows),
    )


def interactions(judged: Judged, metric: str) -> tuple[Interaction, ...]:
    """Of every pair of fields that were tried together, the surest first."""
    found = []
    for crossed, adjusted in judged.crossed:
        a, b = (judged.design.factors[at] for at in crossed[:2])
        pairs = [at for at, pair in enumerate(judged.pairs) if pair.factor == crossed.a]
        largest = max(pairs, key=lambda at: abs(float(judged.found.mean[at])))
        one = _difference(judged, largest, metric)
        simple = judged.simple(a, one.a, one.b, b)
        sure = adjusted <= judged.how.alpha and judged.how.alpha > 0
        found.append(
            Interaction(
                a=a.word,
                b=b.word,
                a_key=a.paths[0],
                b_key=b.paths[0],
                df=crossed.df,
                p=crossed.p,
                adjusted=adjusted,
                answer="interact" if sure else "unknown",
                difference=f"{one.a} − {one.b}",
                simple=tuple(SimpleEffect(at=level, mean=mean) for level, mean in simple),
            )
        )
    return tuple(sorted(found, key=lambda one: (one.adjusted is None, one.adjusted, one.p)))


def _answer(differences: Sequence[LevelDifference]) -> FieldAnswer:
    found = {one.answer for one in differences}
    if not found:
        return "confounded"
    return "matters" if "apart" in found else "same" if found == {"same"} else "unknown"


def possible_ends(means: Estimate, metric: str) -> tuple[Floats, Floats]:
    """Of the intervals of means, each for itself at 95 %, cut to what a share can be."""
    low, high = means.interval(ALPHA)
    if METRICS[metric].unit != "fraction":
        return low, high
    return np.clip(low, 0.0, 1.0), np.clip(high, 0.0, 1.0)


def _levels(
    judged: Judged, factor: Factor, tested: Sequence[str], has_means: bool, metric: str
) -> tuple[Level, ...]:
    by_level: dict[str, tuple[float, ...]] = {}
    if has_means:
        means = judged.means(factor, tested)
        columns = (means.mean, *possible_ends(means, metric))
        by_level = dict(zip(tested, zip(*(one.tolist() for one in columns), strict=True), strict=True))
    found = []
    for text in factor.levels:
        places = [at for at, value in enumerate(factor.values) if value == text]
        mean, low, high = by_level.get(text, (None, None, None))
        found.append(
            Level(
                text=text,
                number=factor.numbers.get(text),
                settings=len(places),
                runs=sum(len(judged.scores.rows[at].seeds) for at in places),
                mean=mean,
                low=low,
                high=high,
            )
        )
    return tuple(found)


def _difference(judged: Judged, place: int, metric: str) -> LevelDifference:
    """With the better level first."""
    pair, how, mean = judged.pairs[place], judged.how, float(judged.found.mean[place])
    turned = mean != 0 and (mean < 0) != metric_word(metric).less_is_better
    p, same = float(judged.p[place]), float(judged.same[place])
    tested = not math.isnan(float(judged.found.variance[place]))
    low, high = _ends(judged.ends, place, turned, metric)
    ends = _ends(judged.adjusted_ends, place, turned, metric)
    adjusted = Interval(low=ends[0], high=ends[1], p=p) if tested and how.alpha else None
    apart = adjusted is not None and p <= how.alpha
    alike = adjusted is not None and same <= how.alpha
    together = judged.tests if how.multiplicity == "holm" else 1
    verdict: Answer = "better" if apart else "same" if alike else "unknown"
    return LevelDifference(
        a=pair.b if turned else pair.a,
        b=pair.a if turned else pair.b,
        combinations=pair.combinations,
        settings=pair.settings,
        mean=-mean if turned else mean,
        low=low,
        high=high,
        adjusted=adjusted,
        answer="apart" if apart else "same" if alike else "unknown",
        parting=parting(verdict, adjusted, same, how.margin, together),
        within_margin=apart and how.margin is not None and max(map(abs, ends)) < how.margin,
        why="" if tested else UNTESTED,
    )


def _ends(ends: tuple[Floats, Floats], place: int, turned: bool, metric: str) -> tuple[float, float]:
    """Of an interval, cut to what a difference of two shares can be; turned round, of b minus a."""
    low, high = (float(end[place]) for end in ends)
    low, high = (-high, -low) if turned else (low, high)
    return (max(low, -1.0), min(high, 1.0)) if METRICS[metric].unit == "fraction" else (low, high)


def _rate_too(factor: Factor, blocks: Mapping[Key, Places], rows: Sequence[SettingRow]) -> str:
    """Whether the weights of classes change the rate at which the loss really trains, as well."""
    if _RATE in factor.paths:
        return ""
    most = 1.0
    for levels in blocks.values():
        weights = [
            [weight for at in places if (weight := rows[at].mean_weight) is not None]
            for places in levels.values()
        ]
        means = [sum(known) / len(known) for known in weights if known]
        most = max(most, max(means) / min(means)) if len(means) > 1 else most
    return f"its effective rate differs, too: up to {most:.2g} times" if rates_differ(most, 1.0) else ""
