"""Which field matters, in sentences that the figures bear: main effects, then where they mislead."""

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import reduce
from operator import and_

from app.comparing.effects.view import Effects, FieldEffect, Interaction, LevelDifference
from app.comparing.next_steps.actions import Action
from app.comparing.next_steps.fill import NextSteps
from app.figures.metric_words import metric_word
from app.formats import counted, first_few, listed
from trainer.metrics.table import METRICS

_NAMED = 4
_MOST_OFFERED = 20
_FIRST_SEEDS = 2
"""Seeds offered where each setting has one: three in all, as of most factorials."""


def answered(view: Effects, steps: NextSteps) -> Effects:
    """The view with its answer; `steps` offer the seeds that would tell more."""
    matter = [one for one in view.fields if one.answer == "matters"]
    crossing = [one for one in view.interactions if one.answer == "interact"]
    open_ = [one for one in view.fields if one.answer == "unknown"]
    said: dict[str, object] = {"fields": tuple(_with_interactions(one, crossing) for one in view.fields)}
    if matter or crossing:
        said |= {"answer": "yes", "text": _matters(view, matter) or _interact(view, crossing), "claim": True}
    elif reason := _nothing(view):
        said |= {"text": reason}
    elif open_ or all(one.answer == "confounded" for one in view.fields):
        said |= {"text": _unknown(view, open_)}
    else:
        within = f"Within {view.margin:g} points no field matters for {_word(view)}"
        said |= {"answer": "same", "text": f"{within}: {_sizes(view, view.fields)}."}
    else_ = [_interact(view, crossing)] if matter and crossing else []
    said |= {"detail": (*else_, *_detail(view, bool(matter or crossing)))}
    action = None if matter or crossing else _action(view, open_, steps)
    return view.model_copy(update=said | {"action": action})


def said_of(view: Effects) -> list[str]:
    """The answer and what else the figures bear, a sentence each; while runs are to come, so far."""
    so_far = f"{view.unfinished.text}: " if view.unfinished else ""
    return [f"{so_far}{view.text}", *view.detail]


def _with_interactions(field: FieldEffect, crossing: Sequence[Interaction]) -> FieldEffect:
    others = [(one.b if one.a_key == field.key else one.a) for one in crossing
              if field.key in (one.a_key, one.b_key)]  # fmt: skip
    return field.model_copy(update={"interacts_with": tuple(others)})


def _word(view: Effects) -> str:
    return METRICS[view.metric].spoken


def _matters(view: Effects, matter: Sequence[FieldEffect]) -> str:
    """ "Of 3 fields 2 surely matter for accuracy: loss (...), learning rate (...)."."""
    if not matter:
        return ""
    named = _sizes(view, matter)
    if len(view.fields) == 1:
        one = matter[0]
        verb = "matters" if len(one.paths) == 1 else "matter"
        return f"{_capital(one.word)} surely {verb} for {_word(view)}: {_told(view, one)}."
    verb = "one surely matters" if len(matter) == 1 else f"{len(matter)} surely matter"
    return f"Of {len(view.fields)} fields {verb} for {_word(view)}: {named}."


def _interact(view: Effects, crossing: Sequence[Interaction]) -> str:
    """Where an average alone misleads."""
    if not crossing:
        return ""
    word, found = metric_word(view.metric), []
    for one in crossing:
        each = ", ".join(f"{word.signed(it.mean)} at {it.at}" for it in one.simple[:_NAMED])
        found.append(f"{one.a} and {one.b} ({one.difference} is {each})")
    pairs = first_few(found, _NAMED, "pair")
    return f"Surely interacting, so that an average alone misleads: {pairs}."


def _nothing(view: Effects) -> str:
    """Why there is nothing to tell apart; "" where there is."""
    if len(view.cells) < 2:
        return "Fewer than two settings have figures: there is nothing to hold against each other yet."
    if not view.fields:
        return "These settings differ in no field but in their images."
    if view.alpha and not view.tests and any(one.differences for one in view.fields):
        return f"It cannot be told which field matters: {_lacking(view)}."
    return "" if view.alpha else "Nothing is claimed before the first planned look."


def _lacking(view: Effects) -> str:
    """What there is too little of to hold any two settings against each other."""
    settings, lone = len(view.cells), sum(len(cell.run_ids) == 1 for cell in view.cells)
    if not lone:
        return "the settings have fewer than two seeds in common, by which they are paired"
    whose = "each" if lone == settings else f"for {lone} of {settings} settings"
    return f"one seed {whose} compares networks, not settings"


def _unknown(view: Effects, open_: Sequence[FieldEffect]) -> str:
    if not open_:
        return f"It cannot be told which field matters for {_word(view)}: none changes alone."
    told = f"{open_[0].word} ({_told(view, open_[0])})"
    text = f"It cannot be told which field matters for {_word(view)}: the largest difference is of {told}"
    return f"{text}{_would_tell(view, open_[0])}."


def _would_tell(view: Effects, field: FieldEffect) -> str:
    """ "; about 4 more seeds each (2 to 12, as far as this spread is known) would tell"."""
    if field.seeds_needed is None:
        is_tested = field.differences and field.differences[0].adjusted is not None
        return "; 1,000 seeds each would not tell" if is_tested else ""
    have = _seeds(view)
    low, most = field.seeds_range or (None, None)
    until = "over 1,000" if most is None else f"{max(1, most - have)}"
    spread = "" if low is None else f" ({max(0, low - have)} to {until}, as far as this spread is known)"
    return f"; about {counted(max(1, field.seeds_needed - have), 'more seed')} each{spread} would tell"


def _seeds(view: Effects) -> int:
    """The fewest of a setting that is tested; paired, those that all settings have."""
    if view.pairing == "paired":
        return reduce(and_, (Counter(one.seeds) for one in view.cells)).total()
    sizes = [len(one.figures) for one in view.cells]
    return min([size for size in sizes if size > 1] or sizes)


def _sizes(view: Effects, fields: Sequence[FieldEffect]) -> str:
    return first_few([f"{one.word} ({_told(view, one)})" for one in fields], _NAMED, "field")


def _told(view: Effects, field: FieldEffect) -> str:
    """The largest difference: "focal against CE: +5.8 points, +1.2 to +10.4"."""
    return difference_text(field.differences[0], view.metric) if field.differences else "no difference"


def difference_text(one: LevelDifference, metric: str) -> str:
    """ "focal against CE: +5.8 points, +1.2 to +10.4", with p where that decides against the interval."""
    word = metric_word(metric)
    unit = " points" if word.unit == "percent" else ""
    ends = one.adjusted
    spread = f", {word.signed(ends.low)} to {word.signed(ends.high)}" if ends is not None else ""
    p = f", p {one.parting.p:.2g}" if one.parting is not None else ""
    return f"{one.a} against {one.b}: {word.signed(one.mean)}{unit}{spread}{p}"


def _detail(view: Effects, claims: bool) -> Iterator[str]:
    """What is not told, what is the same, what cannot be told apart."""
    if claims:
        by = {kind: [one for one in view.fields if one.answer == kind] for kind in ("unknown", "same")}
        if by["unknown"]:
            yield f"Not told to matter: {_sizes(view, by['unknown'])}."
        if by["same"]:
            yield f"The same within {view.margin:g} points: {_sizes(view, by['same'])}."
    for one in view.fields:
        if one.answer == "confounded":
            yield _confounded(one)
        elif len(one.paths) > 1:
            yield f"{_capital(one.word)} always change together: which of them it is cannot be told."
        if one.note and one.differences:
            yield f"{_capital(one.word)}: {one.note}."


def _confounded(field: FieldEffect) -> str:
    if not field.moves_with:
        return f"{_capital(field.word)}: no two of its values have settings with two seeds each yet."
    others = listed(field.moves_with, _NAMED)
    wanted = "a run with another value of one and all else equal would tell them apart"
    return f"{_capital(field.word)} never changes without {others}: its effect cannot be told; {wanted}."


def _action(view: Effects, open_: Sequence[FieldEffect], steps: NextSteps) -> Action | None:
    """The seeds that would tell the largest open difference."""
    if not open_ or not view.alpha:
        return None
    labels = [one.label for one in view.cells]
    if not view.tests:
        return steps.more_seeds(labels, _FIRST_SEEDS)
    needed = open_[0].seeds_needed
    more = None if needed is None else min(max(1, needed - _seeds(view)), _MOST_OFFERED)
    return steps.more_seeds(labels, more) if more else None


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
