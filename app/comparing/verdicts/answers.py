"""The reader's questions, answered first: best? better than the baseline? tail better? how much is the rate?

Each answer is yes, no, the same, or "cannot tell yet" with what it would take. Differences are test figures
in percentage points; their intervals hold for the whole page together.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, get_args

from app.comparing.next_steps.actions import Action
from app.comparing.parts import ALPHA, EQUAL, ends_text
from app.comparing.verdicts.evidence import ONE_SEED_MORE, TABLE, TRADEOFF, Evidence, Question, short, verdict
from app.comparing.verdicts.rate import rate_verdict
from app.comparing.verdicts.selection import held_out
from app.comparing.view import Answer, CompareRow, Delta, Verdict
from app.formats import change, first_few, listed, percent
from trainer.metrics.table import METRICS

_NAMED = 3
_MOST_OFFERED = 20
_PEEKING = (
    "Looking again after more seeds adds to the error of 5 % (17 % over looks at each of 3 to 10 seeds): two "
    "looks can be planned when a sweep is launched."
)
_SO_SMALL = "So small a difference takes more than 1,000 seeds to find."
_EVEN_THEN = "Even 1,000 seeds would not tell: most of the noise would be that of the test images."
_OF_IMAGES = 0.9
"""Where seeds, up to 100 of them, are less of the variance, a thousand of them vary less than the images."""
Sized = tuple[CompareRow, Delta]


def verdicts(evidence: Evidence) -> tuple[Verdict, ...]:
    """One for each question that these rows raise; () below two of them."""
    if len(evidence.rows) < 2:
        return ()
    return (_best(evidence), _baseline(evidence), *_tail(evidence), *rate_verdict(evidence))


def _best(evidence: Evidence) -> Verdict:
    rows, judged = evidence.rows, evidence.judged
    place = judged.columns.index(judged.headline)
    tied = [at for at in range(len(rows)) if judged.tied[at, place] and at != evidence.lead]
    lead, chosen = rows[evidence.lead], _choice(evidence)
    reached = f"{percent(lead.metrics[evidence.view.headline].mean)} % {evidence.word} on test (n = {lead.n})"
    if not tied:
        lacking = sum(row.kind == "setting" and not row.n for row in evidence.view.rows)
        none = f"{lacking} of {len(rows) + lacking} {'has' if lacking == 1 else 'have'} none"
        others = f"the others that have completed runs ({none})"
        text = f"{short(lead.label)}: {reached}, apart from {others if lacking else 'all others'}."
        return verdict("best", "yes", text, TABLE, chosen, claim=True)
    deltas = [judged.delta(evidence.lead, at, judged.headline) for at in tied]
    found = [delta.verdict if delta is not None else "unknown" for delta in deltas]
    leads, behind = _leads(evidence, tied, deltas)
    if not behind:
        text = f"None leads: {leads} reach {reached}."
        return verdict("best", "same" if set(found) == {"same"} else "unknown", text, TABLE, chosen)
    if set(found) == {"same"}:
        text = f"{leads}: {reached}; {listed(behind, _NAMED)} the same within {_points(evidence)} points."
        return verdict("best", "same", text, TABLE, chosen)
    if "worse" in found:  # chosen on validation, and surely beaten on test
        beaten = [at for at, word in zip(tied, found, strict=True) if word == "worse"]
        above = listed([short(rows[at].label) for at in beaten], _NAMED)
        text = f"{leads}: {reached}, but less than {above}."
        return verdict("best", "no", text, TABLE, chosen, claim=True)
    more = _needed(evidence, deltas, [lead, *(rows[at] for at in tied)])
    apart = "is not told apart" if len(behind) == 1 else "are not told apart"
    text = f"{leads}: {reached}; {listed(behind, _NAMED)} {apart}{more.text}."
    return verdict("best", "unknown", text, TABLE, f"{more.detail} {chosen}".strip(), action=more.action)


def _leads(evidence: Evidence, tied: Sequence[int], deltas: Sequence[Delta | None]) -> tuple[str, list[str]]:
    """Who leads, and labels of those that do not: all means are equal where none is left.

    The row that validation chose leads on test only where no other reaches more there.
    """
    lead, labels = short(evidence.rows[evidence.lead].label), [short(evidence.rows[at].label) for at in tied]
    gaps = [0.0 if delta is None or delta.mean is None else delta.mean for delta in deltas]
    alike = [label for label, gap in zip(labels, gaps, strict=True) if abs(gap) < EQUAL]
    if len(alike) == len(labels):
        return f"{_together(lead, alike)} alike", []
    if min(gaps) <= -EQUAL:
        return f"{lead} leads on validation", labels
    if alike and evidence.judged.scored.chosen_by == "test":
        rest = [label for label in labels if label not in alike]
        return f"{_together(lead, alike)} alike lead", rest
    return f"{lead} leads", labels


def _together(one: str, others: Sequence[str]) -> str:
    return f"{one} and {others[0]}" if len(others) == 1 else listed([one, *others], _NAMED)


def _choice(evidence: Evidence) -> str:
    """How the leading row was chosen, and what that is worth."""
    found, by = held_out(evidence.judged), evidence.judged.scored.chosen_by
    settings = len(evidence.rows)
    chosen = f"Chosen on {'validation' if by == 'validation' else 'the test set'} among {settings} settings"
    if found.mean is not None:
        worth = "its figure stays" if found.stays else f"the winner reaches {percent(found.mean)} %"
        without = f"chosen without the seed that it is reported on, {worth}"
        return f"{chosen}; {without} (leave one seed out, n = {found.n})."
    if found.flattery is None:
        alone = ", with one seed each" if all(row.n == 1 for row in evidence.rows) else ""
        return f"{chosen}{alone}: such a winner is flattered by an unknown amount."
    best = f"the best of {settings} equal settings would look {percent(found.flattery)} points too good"
    return f"{chosen} by the seeds that it is reported on: {best} at this spread."


def _baseline(evidence: Evidence) -> Verdict:
    if evidence.judged.base is not None:
        return _against(evidence, "baseline", evidence.view.headline, TABLE)
    text = "No baseline is chosen: differences need one, such as the loss without weights."
    if evidence.view.baseline:
        text = f"The baseline, {short(evidence.view.baseline)}, has no completed run yet."
    return verdict("baseline", "unknown", text, TABLE)


def _tail(evidence: Evidence) -> Iterator[Verdict]:
    if evidence.judged.base is not None and any("tail" in row.deltas for row in evidence.rows):
        yield _against(evidence, "tail", "tail", TRADEOFF)


def _against(evidence: Evidence, question: Question, metric: str, figure: str) -> Verdict:
    """The rows against the baseline in one metric: the largest difference, then the names of the others."""
    known = [(row, delta) for row in evidence.rows if (delta := row.deltas.get(metric)) is not None]
    known.sort(key=lambda one: -abs(one[1].mean or 0.0))
    by = {word: [one for one in known if one[1].verdict == word] for word in get_args(Answer)}
    if by["better"]:
        also = by["better"][1:]
        counted = _counted(("better too", also), ("worse", by["worse"]))
        text = f"{_against_base(evidence, metric, by['better'][0])}.{counted}"
        detail = f"{_sized('Also better', also)} {_sized('Worse', by['worse'])}".strip()
        return verdict(question, "yes", text, figure, detail, claim=True)
    decided = [*by["worse"], *by["same"]]
    if not known or len(decided) < len(known):
        return _undecided(evidence, question, by, metric, figure)
    within = f"the same within {_points(evidence)} points"
    if by["worse"]:
        also = by["worse"][1:]
        counted = _counted(("worse too", also), (within, by["same"]))
        text = f"{_against_base(evidence, metric, by['worse'][0])}.{counted}"
        detail = f"{_sized('Also worse', also)} {_sized(within.capitalize(), by['same'])}".strip()
        return verdict(question, "no", text, figure, detail, claim=True)
    text = f"{_against_base(evidence, metric, decided[0])}: {within}.{_counted(('so too', decided[1:]))}"
    return verdict(question, "same", text, figure, _sized(within.capitalize(), decided[1:]))


def _undecided(
    evidence: Evidence, question: Question, by: Mapping[str, Sequence[Sized]], metric: str, figure: str
) -> Verdict:
    base = next(row for row in evidence.rows if row.label == evidence.view.baseline)
    open_ = [one for one in by["unknown"] if one[1].mean is not None]
    if not open_:
        return verdict(question, "unknown", "No other setting has figures yet.", figure)
    row, delta = max(open_, key=lambda one: one[1].mean or 0.0)
    more = _needed(evidence, [delta], [row, base])
    text = f"{_against_base(evidence, metric, (row, delta))}{more.text}.{_counted(('worse', by['worse']))}"
    detail = f"{more.detail} {_sized('Worse', by['worse'])}".strip()
    return verdict(question, "unknown", text, figure, detail, claim=bool(by["worse"]), action=more.action)


class _More(NamedTuple):
    """What it would take, for a line and as a sentence of its own; the seeds that are offered."""

    text: str
    detail: str
    action: Action | None


def _needed(evidence: Evidence, deltas: Sequence[Delta | None], rows: Sequence[CompareRow]) -> _More:
    """What would tell these rows apart."""
    have, tested = min(row.n for row in rows), [delta for delta in deltas if delta is not None]
    untested = next((delta for delta in tested if delta.adjusted is None), None)
    known = [delta.seeds_needed for delta in tested if delta.seeds_needed is not None]
    seeds: int | None = ONE_SEED_MORE
    text = detail = ""
    if have < 2:
        detail = "One seed compares two networks, not two settings."
    elif untested is not None or not evidence.view.alpha:
        text = f"; {untested.why if untested else 'nothing is claimed before the first look'}"
    elif len(known) < len(deltas):
        open_ = [delta for delta in tested if delta.seeds_needed is None]
        of_images = all(delta.mean and (delta.seeds_share or 0.0) < _OF_IMAGES for delta in open_)
        detail, seeds = _EVEN_THEN if of_images else _SO_SMALL, None
    else:
        most = max(tested, key=lambda delta: (delta.seeds_needed or 0) - delta.n)
        more = max(1, (most.seeds_needed or 0) - most.n)
        text = f"; about {more} more seed{'s' if more > 1 else ''} each{_range_of(most)} would tell"
        peeking = "" if evidence.view.alpha != ALPHA else f" {_PEEKING}"
        detail = f"That is if the difference is as large as it looks.{peeking}"
        seeds = min(more, _MOST_OFFERED)
    offered = evidence.steps.more_seeds([row.label for row in rows], seeds) if seeds else None
    return _More(text, detail, offered)


def _range_of(delta: Delta) -> str:
    """ " (3 to 40, as far as this spread is known)", beyond those that it has."""
    if delta.seeds_range is None or delta.seeds_range[0] is None:
        return ""
    low, high = delta.seeds_range[0], delta.seeds_range[1]
    until = "over 1,000" if high is None else f"{max(1, high - delta.n)}"
    return f" ({max(0, low - delta.n)} to {until}, as far as this spread is known)"


def _against_base(evidence: Evidence, metric: str, one: Sized) -> str:
    row, delta = one
    gain = f"{short(row.label)}: {METRICS[metric].spoken} {change(delta.mean)} points"
    return f"{gain} against {short(evidence.view.baseline)} ({ends_text(delta)})"


def _sized(word: str, found: Sequence[Sized]) -> str:
    """ "Worse, in points: A −2.0 (−3.0 to −1.0, n = 5); ..."; "" for none. Why p decides is said once."""
    if not found:
        return ""
    parting = [at for at, (_, delta) in enumerate(found) if delta.parting is not None]
    texts = [
        f"{short(row.label)} {change(delta.mean)} ({ends_text(delta, told=at in parting[1:])})"
        for at, (row, delta) in enumerate(found)
    ]
    return f"{word}, in points: {first_few(texts, _NAMED)}."


def _counted(*groups: tuple[str, Sequence[Sized]]) -> str:
    """ " 2 more are better, 1 is worse."; the figures stand behind the line. "" where there are none."""
    known = [(word, len(found)) for word, found in groups if found]
    counts = [f"{number} {'is' if number == 1 else 'are'} {word}" for word, number in known]
    return f" Of the others, {', '.join(counts)}." if counts else ""


def _points(evidence: Evidence) -> str:
    return f"{evidence.view.margin:g}" if evidence.view.margin is not None else "0"
