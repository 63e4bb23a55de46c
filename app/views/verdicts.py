"""The reader's questions, answered first: best? better than the baseline? tail better? how much is the rate?

Each answer is yes, no, the same, or "cannot tell yet" with what it would take. Differences are test figures
in percentage points; their intervals hold for the whole page together.
"""

from collections.abc import Iterator, Sequence

from app.formats import change, percent
from app.views.compare import CompareRow, Delta, Verdict
from app.views.reading import ONE_SEED_MORE, TABLE, TRADEOFF, WORDS, Question, Reading, Said, short, verdict
from app.views.selection import held_out
from app.views.verdict_rate import rate_verdict

_NAMED = 3
_MOST_OFFERED = 10


def verdicts(reading: Reading) -> tuple[Verdict, ...]:
    """One for each question that these rows raise; () below two of them."""
    if len(reading.rows) < 2:
        return ()
    return (_best(reading), *_baseline(reading), *_tail(reading), *rate_verdict(reading))


def _best(reading: Reading) -> Verdict:
    rows, judged = reading.rows, reading.judged
    place = judged.columns.index(judged.headline)
    tied = [at for at in range(len(rows)) if judged.tied[at, place] and at != reading.lead]
    lead = rows[reading.lead]
    reached = percent(lead.metrics[reading.view.headline].mean)
    led = f"{short(lead.label)} leads with {reached} % {reading.word} on test (n = {lead.n})"
    if not tied:
        text = (
            f"{short(lead.label)}: {reached} % {reading.word} on test (n = {lead.n}), apart from all others."
        )
        return verdict("best", "yes", f"{text} {_choice(reading)}".strip(), TABLE, claim=True)
    others = _listed([short(rows[at].label) for at in tied])
    told = "is not told apart from it" if len(tied) == 1 else "are not told apart from it"
    deltas = [judged.delta(reading.lead, at, judged.headline) for at in tied]
    found = [delta.verdict if delta is not None else "unknown" for delta in deltas]
    if set(found) == {"same"}:
        text = f"{led}; {others} reached the same within {_points(reading)} points. {_choice(reading)}"
        return verdict("best", "same", text, TABLE)
    if "worse" in found:  # chosen on validation, and surely beaten on test
        beaten = [at for at, word in zip(tied, found, strict=True) if word == "worse"]
        above = _listed([short(rows[at].label) for at in beaten])
        text = f"{led}, but less than {above}. {_choice(reading)}"
        return verdict("best", "no", text, TABLE, claim=True)
    more, labels = _needed(reading, deltas, [lead, *(rows[at] for at in tied)])
    text = f"{led}; {others} {told}{more[0]}. {_choice(reading)}".strip()
    return verdict("best", "unknown", text, TABLE, action=reading.steps.more_seeds(labels, more[1]))


def _choice(reading: Reading) -> str:
    """How the leading row was chosen, and what that is worth."""
    found, by = held_out(reading.judged), reading.judged.scored.chosen_by
    settings = len(reading.rows)
    chosen = f"Chosen on {'validation' if by == 'validation' else 'the test set'} among {settings} settings"
    if found.mean is not None:
        return (f"{chosen}; chosen without the seed that it is reported on, the winner reaches "
                f"{percent(found.mean)} % (leave one seed out, n = {found.n}).")  # fmt: skip
    if found.flattery is None:
        return f"{chosen}, with one seed each: such a winner is flattered by an unknown amount."
    return (f"{chosen} by the seeds that it is reported on: the best of {settings} equal settings would look "
            f"{percent(found.flattery)} points too good at this spread.")  # fmt: skip


def _baseline(reading: Reading) -> Iterator[Verdict]:
    base = reading.judged.base
    if base is None:
        chosen = reading.view.baseline
        text = (f"The baseline, {short(chosen)}, has no completed run yet." if chosen else
                "No baseline is chosen: differences need one.")  # fmt: skip
        yield verdict("baseline", "unknown", text, TABLE)
        return
    yield _against(reading, "baseline", reading.view.headline, TABLE)


def _tail(reading: Reading) -> Iterator[Verdict]:
    if reading.judged.base is not None and any("tail" in row.deltas for row in reading.rows):
        yield _against(reading, "tail", "tail", TRADEOFF)


def _against(reading: Reading, question: Question, metric: str, figure: str) -> Verdict:
    """The rows against the baseline in one metric."""
    base = short(reading.view.baseline)
    known = [(row, delta) for row in reading.rows if (delta := row.deltas.get(metric)) is not None]
    by = {word: [one for one in known if one[1].verdict == word] for word in ("better", "worse", "same")}
    word = WORDS[metric]
    if by["better"]:
        worse = f" Worse: {_sized(by['worse'])}." if by["worse"] else ""
        text = f"{word.capitalize()} against {base}, in points: {_sized(by['better'])}.{worse}"
        return verdict(question, "yes", text, figure, claim=True)
    if known and len(by["worse"]) + len(by["same"]) == len(known):
        answer: Said = "same" if not by["worse"] else "no"
        parts = [f"worse {_sized(by['worse'])}"] if by["worse"] else []
        if by["same"]:
            parts.append(f"the same within {_points(reading)} points {_sized(by['same'])}")
        text = f"{word.capitalize()} against {base}, in points: {'; '.join(parts)}."
        return verdict(question, answer, text, figure, claim=bool(by["worse"]))
    return _untold(reading, question, known, metric, figure)


def _untold(
    reading: Reading,
    question: Question,
    known: Sequence[tuple[CompareRow, Delta]],
    metric: str,
    figure: str,
) -> Verdict:
    base = next(row for row in reading.rows if row.label == reading.view.baseline)
    open_ = [(row, delta) for row, delta in known if delta.verdict == "unknown" and delta.mean is not None]
    if not open_:
        return verdict(question, "unknown", "No other setting has figures yet.", figure)
    row, delta = max(open_, key=lambda one: one[1].mean or 0.0)
    (more, seeds), labels = _needed(reading, [delta], [row, base])
    said = f"Largest difference in {WORDS[metric]} to {short(base.label)}: {_one(row, delta)}{more}."
    surely = [one for one in known if one[1].verdict == "worse"]
    worse = f" Worse: {_sized(surely)}." if surely else ""
    action = reading.steps.more_seeds(labels, seeds)
    return verdict(question, "unknown", said + worse, figure, claim=bool(surely), action=action)


def _needed(
    reading: Reading, deltas: Sequence[Delta | None], rows: Sequence[CompareRow]
) -> tuple[tuple[str, int], list[str]]:
    """((what it would take, seeds to offer), labels): ("; about 6 more seeds of each ...", 6)."""
    labels = [row.label for row in rows]
    have = min(row.n for row in rows)
    if have < 2:
        return ("; one seed compares two networks, not two settings", ONE_SEED_MORE), labels
    tested = [delta for delta in deltas if delta is not None and delta.adjusted is not None]
    untested = next((delta for delta in deltas if delta is not None and delta.adjusted is None), None)
    if untested is not None or not reading.view.alpha:
        why = untested.why if untested is not None else "nothing is claimed before the first look"
        return (f"; {why}", ONE_SEED_MORE), labels
    known = [delta.seeds_needed for delta in tested if delta.seeds_needed is not None]
    if len(known) < len(deltas):
        return ("; so small a difference takes more than 1,000 seeds to find", ONE_SEED_MORE), labels
    more = max(1, max(known) - have)
    said = (
        f"; if it is as large as it looks, about {more} more seed{'s' if more > 1 else ''} of each would tell"
    )
    return (said, min(more, _MOST_OFFERED)), labels


def _sized(found: Sequence[tuple[CompareRow, Delta]]) -> str:
    ordered = sorted(found, key=lambda one: -abs(one[1].mean or 0.0))
    rest = len(ordered) - _NAMED
    more = f" and {rest} more" if rest > 0 else ""
    return "; ".join(_one(row, delta) for row, delta in ordered[:_NAMED]) + more


def _one(row: CompareRow, delta: Delta) -> str:
    ends = delta.adjusted
    said = f"{change(ends.low)} to {change(ends.high)}, " if ends is not None else ""
    return f"{short(row.label)} {change(delta.mean)} ({said}n = {delta.n})"


def _points(reading: Reading) -> str:
    return f"{reading.view.margin:g}" if reading.view.margin is not None else "0"


def _listed(names: Sequence[str]) -> str:
    rest = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {rest} more" if rest > 0 else "")
