"""Where the optimum of beta lies among compared settings, and whether its neighbours can be told from it."""

import json
from collections.abc import Iterator, Sequence

from app.comparing.parts import EQUAL, ends_text
from app.comparing.verdicts.evidence import Evidence
from app.comparing.verdicts.selection import flattery_among
from app.comparing.view import CompareRow, Delta, Observation
from app.formats import brief, change, gather, percent
from app.runs.naming import value_text
from app.views.rates import rates_differ
from app.views.setting_labels import loss_family, setting_fields
from trainer.config_fields import flatten


def beta_optimum(evidence: Evidence, figure: str) -> Iterator[Observation]:
    """A sentence on the headline metric of the largest group of settings that differ in beta alone.

    The best beta is chosen as the best row is: on validation where there is one.
    """
    family = _largest_family(evidence.rows)
    if len(family) < 2:
        return
    column, rows = evidence.judged.headline, evidence.rows
    chosen = max(family, key=lambda row: float(evidence.judged.scored.choosing[rows.index(row), column]))
    place = family.index(chosen)
    beside = [family[at] for at in (place - 1, place + 1) if 0 <= at < len(family)]
    deltas = [evidence.judged.delta(rows.index(one), rows.index(chosen), column) for one in beside]
    sure = all(delta is not None and delta.verdict == "worse" for delta in deltas)
    named = " and ".join(_neighbour(one, delta) for one, delta in zip(beside, deltas, strict=True))
    at_end = "" if len(beside) == 2 else ", at the end of the values tried"
    best_on_test = max(row.metrics[evidence.view.headline].mean or 0.0 for row in family)
    is_there = (chosen.metrics[evidence.view.headline].mean or 0.0) >= best_on_test - EQUAL
    verb = "peaks" if sure and len(beside) == 2 else "is highest" if is_there else "is highest on validation"
    mean = percent(chosen.metrics[evidence.view.headline].mean)
    text = (
        f"{evidence.word.capitalize()} of {loss_family(chosen.config)} {verb} at beta {_beta(chosen)} "
        f"({mean} %, n = {chosen.n}, chosen on {evidence.judged.scored.chosen_by}){at_end}; beside it "
        f"{named}.{_flattered(evidence, len(family))}{_rate_too(family)}"
    )
    nearest = max(beside, key=lambda row: row.metrics[evidence.view.headline].mean or 0.0)
    action = evidence.steps.beta_between(chosen.label, nearest.label)
    yield Observation(text=text, figure=figure, claim=any(map(_apart, deltas)), action=action)


def _flattered(evidence: Evidence, betas: int) -> str:
    """What choosing among betas by the seeds that are reported adds to the chosen one's figure."""
    excess = flattery_among(evidence.judged, betas)
    if excess is None:
        return ""
    return f" Of {betas} equal betas the highest would look {percent(excess)} points too good."


def _rate_too(family: Sequence[CompareRow]) -> str:
    """Beta sets the mean weight, and so the effective rate, as well."""
    rates = [row.effective_rate for row in family if row.effective_rate is not None]
    if not rates or not rates_differ(min(rates), max(rates)):
        return ""
    return f" Along beta the effective rate differs too, {brief(min(rates))} to {brief(max(rates))}."


def _neighbour(row: CompareRow, delta: Delta | None) -> str:
    if delta is None or delta.mean is None:
        return f"{_beta(row)} (not compared)"
    said = f"{change(delta.mean)} points"
    if delta.adjusted is None:
        return f"{_beta(row)} ({said}, {delta.why})"
    told = "told apart" if _apart(delta) else "not told apart"
    return f"{_beta(row)} ({told}: {said}, {ends_text(delta)})"


def _apart(delta: Delta | None) -> bool:
    return delta is not None and delta.verdict in ("better", "worse")


def _largest_family(rows: Sequence[CompareRow]) -> list[CompareRow]:
    """Settings equal but for beta, by beta; [] where no two are."""
    plain = [row for row in rows if row.adjusted is None]
    weighted = [row for row in plain if flatten(row.config).get("loss.beta") is not None]
    groups = gather((_rest(row), row) for row in weighted)
    largest = max(groups.values(), key=len, default=[])
    ordered = sorted(largest, key=lambda row: float(row.config["loss"]["beta"]))
    return ordered if len(ordered) > 1 else []


def _rest(row: CompareRow) -> str:
    but = ("loss.beta", row.tuning.path if row.tuning else "")
    return json.dumps(setting_fields(row.config, but), sort_keys=True)


def _beta(row: CompareRow) -> str:
    return value_text(row.config["loss"]["beta"])
