"""Where a verdict and the interval beside it part: which p decides, and why the interval says less.

Verdicts go by Holm's step-down p, or by two one-sided tests; the intervals that hold together are
Bonferroni's and two-sided. Both err as rarely as promised, but a verdict may stand beside an interval that
holds 0, or that reaches beyond the margin of "the same". No such pair is shown without this.
"""

from collections.abc import Iterable

from app.comparing.parts import Interval, Parting
from app.comparing.view import Answer, Delta
from app.formats import change


def parting(
    verdict: Answer, ends: Interval, same: float, margin: float | None, tests: int, *, adjusted: bool
) -> Parting | None:
    """What decides where `verdict` is not what `ends` say; None where they agree.

    same: the p of "the same"; margin: a fraction; tests: how many differences `ends` hold together with.
    """
    if ends.low is None or ends.high is None:
        return None
    holm = "Holm's step-down p" if adjusted and tests > 1 else "p"
    among = f" Bonferroni's for all {tests} comparisons at once" if adjusted and tests > 1 else ""
    if verdict in ("better", "worse") and ends.low <= 0 <= ends.high:
        return Parting(p=ends.p, why=f"{holm} decides; the interval is{among} and wider")
    if verdict == "same" and margin is not None and max(-ends.low, ends.high) > margin:
        two = f"{holm} of two one-sided tests decides; the interval is two-sided"
        return Parting(p=same, why=f"{two}{',' if among else ''}{among} and wider")
    return None


def said_ends(delta: Delta, *, told: bool = False) -> str:
    """ "+1.0 to +3.0, n = 5", with p and the reason where the verdict parts from it; `told`: with p alone."""
    ends = delta.adjusted
    if ends is None or ends.low is None or ends.high is None:
        return f"n = {delta.n}"
    said, found = f"{change(ends.low)} to {change(ends.high)}, n = {delta.n}", delta.parting
    if found is None:
        return said
    return f"{said}, {p_said(delta)}" if told else f"{said}; {p_said(delta)}: {found.why}"


def p_said(delta: Delta) -> str:
    """ "p 0.03" of a verdict that parts from its interval, else ""."""
    return f"p {delta.parting.p:.2g}" if delta.parting is not None else ""


def parted_note(deltas: Iterable[Delta | None]) -> str:
    """The sentence below a table that shows `p_said` in its cells; "" where nothing parts."""
    found = dict.fromkeys(one.parting.why for one in deltas if one is not None and one.parting is not None)
    return f"Where a p stands beside an interval: {'. '.join(found)}." if found else ""
