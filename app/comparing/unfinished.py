"""What is still to come of a comparison: until then no answer is more than an answer so far.

Runs to come are those that wait or train, of the settings that are compared: on the page itself, or in the
same sweeps beside it. Runs that failed, stopped or pause are not: nothing more happens of itself.
"""

from collections import Counter
from collections.abc import Sequence
from itertools import chain

from sqlalchemy import select
from sqlalchemy.orm import Session, defer

from app.comparing.samples import Sample, Seeds, experiment_of
from app.comparing.view import Answered, Unfinished, Verdict
from app.formats import counted
from app.lifecycle import State
from app.store.tables import Run

TO_COME = (State.RUNNING, State.QUEUED)
_SO_FAR: dict[Answered, Answered] = {"yes": "so_far_yes", "no": "so_far_no", "same": "so_far_same"}


def siblings_to_come(session: Session, samples: Sequence[Sample]) -> Sequence[Run]:
    """Runs to come of these settings that their sweeps hold beside these runs."""
    runs = {run.id: run for sample in samples for run in sample.runs}
    sweeps = {run.sweep_id for run in runs.values() if run.sweep_id is not None}
    if not sweeps:
        return ()
    settings = {run.setting_hash for run in runs.values()}
    is_one = (Run.sweep_id.in_(sweeps), Run.state.in_(TO_COME), Run.setting_hash.in_(settings))
    query = select(Run).options(defer(Run.started)).where(*is_one, Run.archived_at.is_(None))
    return [run for run in session.scalars(query) if run.id not in runs]


def unfinished(compared: Sequence[Sample], siblings: Sequence[Run]) -> Unfinished | None:
    """How many runs of these settings are to come, each experiment once; None where none is.

    An experiment is to come where a run of it is and none is completed.
    """
    settings = {run.setting_hash for sample in compared for run in sample.runs}
    beside = (run for run in siblings if run.setting_hash in settings)
    known: dict[tuple[str, Seeds], set[str]] = {}
    for run in chain(*(sample.runs for sample in compared), beside):
        known.setdefault(experiment_of(run), set()).add(run.state)
    open_ = [found for found in known.values() if State.COMPLETED not in found]
    states = Counter(state for found in open_ for state in [s for s in TO_COME if s in found][:1])
    if not states:
        return None
    found = sum(states.values())
    named = ", ".join(f"{states[state]} {state}" for state in TO_COME if states[state])
    text = f"So far, with {found} of {counted(len(known), 'run')} still to come ({named})"
    return Unfinished(to_come=found, of=len(known), text=text)


def so_far(one: Verdict) -> Verdict:
    """The same verdict, firm no longer."""
    return one.model_copy(update={"answer": _SO_FAR.get(one.answer, one.answer)})
