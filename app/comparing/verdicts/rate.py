"""The last question: is it the learning rate, which class weights change too?"""

from collections.abc import Iterator

from app.comparing.parts import Effect, Interval, TwoByTwo, ends_text
from app.comparing.verdicts.evidence import ONE_SEED_MORE, Evidence, Said, control_name, short, verdict
from app.comparing.verdicts.tuning import tunes_rate
from app.comparing.verdicts.two_by_two import is_scaled
from app.comparing.view import Delta, Verdict
from app.formats import brief, change, percent
from app.views.rates import rates_differ


def rate_verdict(evidence: Evidence) -> Iterator[Verdict]:
    """Whether the rate, which class weights change too, explains the difference."""
    square = next((one for one in evidence.view.two_by_two if one.metric == evidence.view.headline), None)
    if square is not None:
        yield _by_square(evidence, square)
        return
    rows, base = evidence.rows, evidence.judged.base
    if base is None:
        return
    if tunes_rate(rows):
        text = "Each setting trains at the value that validation chose for it: no one rate favours a setting."
        yield verdict("rate", "no", text)
        return
    others = [row for at, row in enumerate(rows) if at != base]
    lead = rows[evidence.lead]
    if evidence.lead == base:
        lead = max(others, key=lambda row: row.metrics[evidence.view.headline].mean or 0.0)
    weight = lead.mean_weight or 1.0
    scaled = [
        at
        for at, row in enumerate(rows)
        if at != base and row.adjusted is None and is_scaled(row, rows[base], weight)
    ]
    if scaled and not is_scaled(lead, rows[base], weight):
        yield _by_control(evidence, rows.index(lead), scaled[0], base)
        return
    ours, theirs = lead.effective_rate, rows[base].effective_rate
    if ours is None or theirs is None:
        return
    if not rates_differ(ours, theirs):
        base_of = short(evidence.view.baseline)
        text = f"{short(lead.label)} trains at the effective rate of {base_of} ({brief(ours)})."
        yield verdict("rate", "no", text)
        return
    text = (
        f"{short(lead.label)} trains at an effective rate (rate × mean class weight) of {brief(ours)}, "
        f"{short(evidence.view.baseline)} at {brief(theirs)}: the difference may be the rate's."
    )
    weighs = lead.mean_weight != rows[base].mean_weight
    detail = "Class weights scale the gradient." if weighs else "The learning rates are unequal."
    action = evidence.steps.control(lead.label, evidence.view.baseline)
    yield verdict("rate", "unknown", text, detail=detail, action=action)


def _by_control(evidence: Evidence, lead: int, control: int, base: int) -> Verdict:
    """By the baseline at the leading row's effective rate: what the rate alone does, and what is left."""
    rows, column = evidence.rows, evidence.judged.headline
    alone = evidence.judged.delta(control, base, column)
    left = evidence.judged.delta(lead, control, column)
    if alone is None or left is None:
        return verdict("rate", "unknown", "The control has no figures yet.")
    name, ours, theirs = control_name(rows[control], rows[lead]), short(rows[lead].label), rows[base].label
    text = f"{name}: {change(alone.mean)} points against {short(theirs)}{_between(alone)}; "
    text += f"{ours} is {change(left.mean)} from there{_between(left)}."
    answer: Said = "yes" if alone.verdict == "better" else "unknown"
    if answer == "unknown":
        text += " Whether the weighted loss needs that rate is seen at mean weight 1, which the control adds."
    action = evidence.steps.control(rows[lead].label, rows[base].label)
    sure = {alone.verdict, left.verdict} & {"better", "worse"}
    return verdict("rate", answer, text, claim=bool(sure), action=action)


def _between(delta: Delta) -> str:
    return f" ({ends_text(delta)})" if delta.adjusted is not None else ""


def _by_square(evidence: Evidence, square: TwoByTwo) -> Verdict:
    what = "the weights" if square.only_weights else "the weighted loss"
    text = (
        f"Of {change(square.total.mean)} points, {_effect(square.rate)} come with the smaller rate "
        f"(times E[w] = {square.mean_weight:.2f}, the mean class weight of a training image), "
        f"{_effect(square.weights)} with {what}."
    )
    sure = {name: _apart(getattr(square, name).adjusted) for name in ("rate", "weights", "interaction")}
    if sure["interaction"] and (apiece := _at_either_rate(evidence, square)):
        return verdict("rate", "yes", apiece, detail=f"On the average of both: {text}", claim=True)
    whole = f"{short(square.weighted_scaled)} minus {short(square.unweighted_full)}"
    along = (square.rate.mean or 0.0) * (square.total.mean or 0.0) > 0
    answer: Said = "unknown" if not sure["rate"] else "yes" if along else "no"
    labels = [square.weighted_scaled, square.unweighted_full, square.weighted_full, square.unweighted_scaled]
    least = min(row.n for row in evidence.rows if row.label in labels)
    detail = f"The whole is {whole}, n = {least}. {_share(square)}"
    action = None if sure["rate"] and sure["weights"] else evidence.steps.more_seeds(labels, ONE_SEED_MORE)
    return verdict("rate", answer, text, detail=detail, claim=any(sure.values()), action=action)


def _at_either_rate(evidence: Evidence, square: TwoByTwo) -> str:
    """What the loss does at the smaller and at the full rate: an average would hide that they differ."""
    places = {row.label: at for at, row in enumerate(evidence.rows)}
    small = ("smaller", square.weighted_scaled, square.unweighted_scaled)
    found = []
    for size, ours, theirs in (small, ("full", square.weighted_full, square.unweighted_full)):
        delta = evidence.judged.delta(places[ours], places[theirs], evidence.judged.headline)
        if delta is None or delta.mean is None:
            return ""
        gap = f"{change(delta.mean)} points from {short(theirs)}{_between(delta)}"
        found.append(f"at the {size} rate {short(ours)} is {gap}")
    return f"What the loss does depends on the rate: {'; '.join(found)}."


def _share(square: TwoByTwo) -> str:
    """The rate's share of the whole, with the ends that the rate's own interval gives it."""
    if square.share is None or not square.total.mean:
        return "No share is named, as the interval of the whole holds 0."
    ends = square.rate.adjusted
    if ends is None or ends.low is None or ends.high is None:
        return f"The rate's share is {percent(square.share)} %."
    low, high = sorted((ends.low / square.total.mean, ends.high / square.total.mean))
    return f"The rate's share is {percent(square.share)} % ({percent(low)} to {percent(high)} %)."


def _apart(adjusted: Interval | None) -> bool:
    low, high = getattr(adjusted, "low", None), getattr(adjusted, "high", None)
    return low is not None and high is not None and low * high > 0


def _effect(effect: Effect) -> str:
    low, high = getattr(effect.adjusted, "low", None), getattr(effect.adjusted, "high", None)
    return change(effect.mean) + (f" ({change(low)} to {change(high)})" if low is not None else "")
