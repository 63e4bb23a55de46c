"""Fills the views of workers: of all, and of one with what its host did."""

from sqlalchemy.orm import Session

from app.errors import NotFoundError
from app.runs.queue import LEASE_SECONDS
from app.store import workers as store
from app.store.tables import Run, TaskTransfer, Transfer, Worker
from app.views.base import same_named
from app.views.system.splits import words
from app.views.system.view import LastEpoch, WorkerDetail, WorkerList, WorkerView
from app.views.usage.fill import epoch_times, machine, machine_now

_JOBS = {"running": Run, "transfers": Transfer, "task_transfers": TaskTransfer}


def worker_list(session: Session) -> WorkerList:
    """Workers heard of within a day, living ones first."""
    views = _views(session, store.list_workers(session))
    return WorkerList(items=tuple(sorted(views, key=lambda view: not view.alive)))


def worker_detail(session: Session, worker_id: str, seconds: float) -> WorkerDetail:
    """One of them, with what its host did over the last `seconds`. Raises NotFoundError."""
    known = session.get(Worker, worker_id)
    if known is None:
        name = worker_id[:40]
        raise NotFoundError(f"There is no worker {name!r}.", "The System page lists those that there are.")
    [view] = _views(session, [known])
    spans = machine(session, known.host, seconds).spans
    return WorkerDetail(**dict(view), spans=spans, epochs=tuple(_last_epochs(session, view.running)))


def _last_epochs(session: Session, run_ids: tuple[int, ...]) -> list[LastEpoch]:
    last = {run_id: epoch_times(session, [run_id])[-1:] for run_id in run_ids}
    return [LastEpoch(run_id=run_id, **dict(one)) for run_id, found in last.items() for one in found]


def _views(session: Session, known: list[Worker]) -> list[WorkerView]:
    under_way = {name: store.running_by_worker(session, kind) for name, kind in _JOBS.items()}
    alive = {worker.id for worker in store.living(session, LEASE_SECONDS)}
    hosts = {host: machine_now(session, host) for host in {worker.host for worker in known}}
    return [
        WorkerView(
            **same_named(WorkerView, worker),
            alive=worker.id in alive,
            split_in_words=words(worker.split, worker.slots, worker.threads),
            machine=hosts[worker.host],
            **{name: jobs.get(worker.id, ()) for name, jobs in under_way.items()},
        )
        for worker in known
    ]
