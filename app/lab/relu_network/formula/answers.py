"""Marks W, b and h(x) that somebody worked out at a point, and names the known mistakes that explain them.

How entries are read and marked is `marks`; what each mistake leads to is `mistakes`.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from app.lab.base.formula.answers import Diagnosis, Verdict
from app.lab.base.formula.exact import refuse
from app.lab.relu_network.formula.marks import Answer, MarkedPart, column, mark_part, read_given, right_map
from app.lab.relu_network.formula.mistakes import autograd_message, mistakes
from app.lab.relu_network.formula.network import Network
from app.lab.relu_network.formula.results import AffineMap, AtPoint, Mistake, OnLine
from app.lab.relu_network.formula.words import matrix_text, plus, times, vector_text

MOST_NAMED = 3
MOST_STEPS = 20_000


@dataclass(frozen=True)
class MarkedMap(Verdict):
    """An answer marked. Parts that were not given are None; `correct` is about those that were."""

    W: MarkedPart | None
    b: MarkedPart | None
    h: MarkedPart | None


def check_count(answers: int, points: int, network: Network) -> None:
    """Raises TheoryError for more answers than points, or than this network allows: each mistake is tried."""
    if answers > points:
        raise refuse("answers", f"has {answers} answers, but there are {points} points")
    most = max(1, MOST_STEPS // (network.size * network.inputs))
    if answers > most:
        raise refuse("answers", f"has {answers} answers; at most {most} for a network of this size")


def mark_map(
    network: Network,
    at: AtPoint,
    line: OnLine | None,
    weight: object,
    bias: object,
    value: object = None,
    path: str = "answers[0]",
) -> MarkedMap:
    """W, b and h(x) against the right ones at a point; None is not given. line: for one input.

    Raises TheoryError naming answers[0].W and the like, where nothing is given or an entry is no number.
    """
    parts = {"W": weight, "b": bias, "h": value}
    given = Answer(*(read_given(part, f"{path}.{name}") for name, part in parts.items()))
    if not given.parts():
        raise refuse(path, "gives neither W nor b nor h")
    weight_there, bias_there = right_map(at)
    marked = (
        mark_part(given.weight, weight_there),
        mark_part(given.bias, bias_there),
        mark_part(given.value, column(at.value)),
    )
    mistaken = any(part and part.cells for part in marked[:2])
    wrong = sum(len(part.cells) for part in marked if part)
    found = tuple(_diagnoses(network, at, line, given, mistaken)) if wrong else ()
    return MarkedMap(wrong == 0, wrong, found, *marked)


def _diagnoses(
    network: Network, at: AtPoint, line: OnLine | None, given: Answer, mistaken: bool
) -> Iterator[Diagnosis]:
    """mistaken: whether W or b is wrong."""
    if at.on_kink:
        yield from _on_kink(network, at, given, mistaken)
        return
    right = at.map or at.autograd
    if _map_is_right(given, right):
        yield _only_h(at, right)
        return
    yield from _of_shape(given, right)
    known = [each for each in mistakes(network, at, right, line) if _shows(each, given, at, right)]
    named = _explaining(known, given, at, right)
    yield from named
    if not named and _holds_at(given, at):
        yield Diagnosis(
            "holds_at_the_point_only",
            f"This W and b give the right h(x) = {vector_text(at.value)} at the point itself, but not beside "
            "it: W must be the slope there.",
        )


def _on_kink(network: Network, at: AtPoint, given: Answer, mistaken: bool) -> Iterator[Diagnosis]:
    sides = [(name, side) for name, side in (("below", at.left), ("above", at.right)) if side]
    said = "; ".join(
        f"from {name} W = {matrix_text(side.weight)}, b = {vector_text(side.bias)}" for name, side in sides
    )
    told = f" ({said})" if said else ""
    here = f"x = {vector_text(at.x)} is on a kink: the maps on its sides differ{told}, and no W is right."
    match = next((name for name, side in sides if given.has_map_of(side)), "") if mistaken else ""
    ending = f" The answer is that of the side {match} x." if match else ""
    value = "" if _value_fits(given, at) else f" h(x) is {vector_text(at.value)} from all sides."
    yield Diagnosis("on_kink", f"{here}{ending}{value}")
    if mistaken and given.has_map_of(at.autograd):
        yield Diagnosis("autograd", autograd_message(network, at))


def _value_fits(given: Answer, at: AtPoint) -> bool:
    return given.value is None or given.value.fits(column(at.value))


def _map_is_right(given: Answer, right: AffineMap) -> bool:
    pairs = ((given.weight, right.weight), (given.bias, column(right.bias)))
    return all(part and part.has_shape_of(rows) and part.fits(rows) for part, rows in pairs)


def _only_h(at: AtPoint, right: AffineMap) -> Diagnosis:
    product = times(matrix_text(right.weight), vector_text(at.x))
    return Diagnosis(
        "h_wrong_only",
        f"W and b are right, h(x) is not: h(x) = {product} {plus(vector_text(right.bias))} = "
        f"{vector_text(at.value)}.",
    )


def _of_shape(given: Answer, right: AffineMap) -> Iterator[Diagnosis]:
    rows, columns = len(right.weight), len(right.weight[0])
    named = (("W", given.weight, right.weight), ("b", given.bias, column(right.bias)))
    bad = [(name, part) for name, part, wanted in named if part and not part.has_shape_of(wanted)]
    if not bad:
        return
    got = " and ".join(f"{part.size} for {name}" for name, part in bad)
    if rows == columns == 1:
        yield Diagnosis(
            "vector_for_scalar",
            f"With one input and one output W and b are single numbers, here {matrix_text(right.weight)} and "
            f"{vector_text(right.bias)}; the answer has {got}.",
        )
    else:
        yield Diagnosis(
            "wrong_shape",
            f"With {columns} input{'s' * (columns > 1)} and {rows} output{'s' * (rows > 1)} W is {rows} x "
            f"{columns} and b has {rows} number{'s' * (rows > 1)}; the answer has {got}.",
        )


def _shows(mistake: Mistake, given: Answer, at: AtPoint, right: AffineMap) -> bool:
    """Whether what was given could tell the mistake from the right answer; a forgotten b needs b or h."""
    differs = mistake.map.weight != right.weight, mistake.map.bias != right.bias
    if not _value_fits(given, at):
        return any(differs)
    if mistake.code == "bias_forgotten" and given.bias is None:
        return False
    return (given.weight is not None and differs[0]) or (given.bias is not None and differs[1])


def _explaining(known: Sequence[Mistake], given: Answer, at: AtPoint, right: AffineMap) -> list[Diagnosis]:
    """Mistakes that lead to the whole answer; if there are none, to its wrong W and to its wrong b."""
    whole = [each for each in known if _leads_to_all(each, given, at)]
    if whole:
        return _named(whole)
    of_weight, of_bias = [], []
    if given.weight and not (given.weight.has_shape_of(right.weight) and given.weight.fits(right.weight)):
        of_weight = [each for each in known if _leads_to(each, given, right)]
    if given.bias and not given.bias.fits(column(right.bias)):
        fitting = [each for each in known if given.bias.fits(column(each.map.bias))]
        of_bias = [each for each in fitting if each.map.bias != right.bias]
    codes = {each.code for each in of_weight}
    return _named([*of_weight[:1], *(each for each in of_bias[:1] if each.code not in codes)])


def _leads_to(mistake: Mistake, given: Answer, right: AffineMap) -> bool:
    """To the wrong W alone. A forgotten b shows in b, or in both."""
    if given.weight is None or mistake.code == "bias_forgotten" or mistake.map.weight == right.weight:
        return False
    return given.weight.fits(mistake.map.weight)


def _leads_to_all(mistake: Mistake, given: Answer, at: AtPoint) -> bool:
    """h(x) may be the mistake's or the right one, which many find by the forward pass."""
    if given.weight and not given.weight.fits(mistake.map.weight):
        return False
    if given.bias and not given.bias.fits(column(mistake.map.bias)):
        return False
    if given.value is None or (_value_fits(given, at) and (given.weight or given.bias)):
        return True
    value = mistake.map.value(at.x)
    return value is not None and given.value.fits(column(value))


def _named(found: Iterable[Mistake]) -> list[Diagnosis]:
    """The first of each kind."""
    by_code: dict[str, Mistake] = {}
    for each in found:
        by_code.setdefault(each.code, each)
    return [Diagnosis(each.code, each.message) for each in list(by_code.values())[:MOST_NAMED]]


def _holds_at(given: Answer, at: AtPoint) -> bool:
    if given.weight is None or given.bias is None:
        return False
    bias = tuple(entry.value for entry in given.bias.flat)
    return AffineMap(given.weight.values(), bias).value(at.x) == at.value
