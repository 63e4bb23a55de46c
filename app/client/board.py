"""A connection to one server: its runs and the lab; sweeps and comparisons come from the other modules.

    with Client("http://127.0.0.1:8000") as board:
        run = board.launch({"loss": {"name": "focal"}}, name="focal")
        print(board.wait(run.id).state)

Answers are the same frozen views that the server made. Errors are those of app.client.errors.
"""

import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from app.client.adjusted import AdjustCalls
from app.client.calls import EventStream, given
from app.client.compare import CompareCalls
from app.client.datasets import DatasetCalls
from app.client.errors import WaitedTooLongError
from app.client.groups import GroupCalls
from app.client.images import ImageCalls
from app.client.imported import ImportedCalls
from app.client.pictures import PictureCalls
from app.client.queue import QueueCalls
from app.client.recipes import RecipeCalls
from app.client.sweeps import SweepCalls
from app.client.task_transfers import TaskTransferCalls
from app.client.transfers import TransferCalls
from app.lifecycle import ENDED
from app.urls import API, MEASURED, SEARCH, run_api
from app.views.base import View
from app.views.completions import Completions
from app.views.predictions import PredictionsView
from app.views.preview.view import Preview
from app.views.runs.view import RunDetail, RunList, RunSummary
from app.views.series.view import (
    ClassTable,
    ConfusionView,
    EpochList,
    EpochRow,
    EventRow,
    RunSeries,
    SeriesList,
)
from app.views.system.view import Health
from trainer.run_dir import EpochName, SplitName

ViewT = TypeVar("ViewT", bound=View)


class Client(
    SweepCalls,
    RecipeCalls,
    TransferCalls,
    TaskTransferCalls,
    QueueCalls,
    DatasetCalls,
    CompareCalls,
    GroupCalls,
    ImageCalls,
    AdjustCalls,
    PictureCalls,
    ImportedCalls,
):
    """A connection to one server. Use it as a context, or close it."""

    def launch(
        self,
        config: Mapping[str, Any],
        name: str | None = None,
        tags: Sequence[str] = (),
        notes: str = "",
        priority: int = 0,
        idempotency_key: str | None = None,
        max_attempts: int | None = None,
        time_limit_minutes: float | None = None,
        requirements: Mapping[str, Any] | None = None,
    ) -> RunSummary:
        """Queue a run of `config` (nested fields, defaults for the rest).

        max_attempts: before it stays crashed. time_limit_minutes: of an attempt, after which it fails.
        requirements: of its worker, such as {"device": "cuda", "labels": ["big"]}.

        Sent again by itself where the connection breaks; the key, a random one by default, keeps that from
        launching twice. Raises RefusedError whose `fields` name what is wrong with the configuration.
        """
        body = {"config": config, "tags": list(tags), "notes": notes, "priority": priority}
        limits = {"max_attempts": max_attempts, "time_limit_minutes": time_limit_minutes}
        body |= given(name=name or None, requirements=requirements, **limits)
        headers = {"Idempotency-Key": idempotency_key or uuid.uuid4().hex}
        return self._post(RunSummary, f"{API}/runs", body, headers)

    def validate(self, config: Mapping[str, Any]) -> Preview:
        """What a run of `config` would do, without launching it. Raises RefusedError."""
        return self._post(Preview, f"{API}/runs/validate", {"config": config})

    def wait(
        self, run_id: int, timeout: float | None = None, on_event: Callable[[EventRow], None] | None = None
    ) -> RunDetail:
        """Wait until the run has ended, whatever happens to the connection meanwhile.

        `on_event` sees each event once. Raises WaitedTooLongError after `timeout` seconds; the run goes on.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        for event in self.follow(run_id, deadline=deadline):
            if on_event is not None:
                on_event(event)
        run = self.run(run_id)
        if run.state in ENDED:
            return run
        raise WaitedTooLongError(
            f"Run {run_id} is still {run.state} after {timeout:g} seconds.",
            "It goes on; wait again, or cancel it.",
        )

    def follow(self, run_id: int, after: int = 0, deadline: float | None = None) -> Iterator[EventRow]:
        """The run's events with an id above `after`, as they happen, until it has ended.

        deadline: of time.monotonic(), at which to stop without an error.
        """
        return iter(EventStream(self._http, run_id, after, deadline))

    def runs(
        self,
        q: str = "",
        state: Iterable[str] = (),
        tag: Iterable[str] = (),
        sort: str = "-id",
        archived: bool = False,
        limit: int | None = None,
    ) -> list[RunSummary]:
        """Runs that fit, newest first; all of them, page by page, or at most `limit`.

        q: a search, such as "loss = focal and accuracy > 60". Raises SearchRefusedError where it is wrong.
        """
        return list(self.run_list(q, state, tag, sort, archived, limit).items)

    def run_list(
        self,
        q: str = "",
        state: Iterable[str] = (),
        tag: Iterable[str] = (),
        sort: str = "-id",
        archived: bool = False,
        limit: int | None = None,
    ) -> RunList:
        """The same as the server says it: with how many fit in all, and the cursor of what comes after."""
        asked = {"q": q, "state": list(state), "tag": list(tag), "sort": sort, "archived": archived}
        found: list[RunSummary] = []
        page = RunList(items=(), next_cursor=None, total=0)
        for page in self._pages(RunList, f"{API}/runs", limit, **asked):
            found += page.items
        return RunList(items=tuple(found), next_cursor=page.next_cursor, total=page.total)

    def completions(self, q: str, at: int | None = None) -> Completions:
        """What could be typed at character `at` of a search, by default at its end."""
        return self._get(Completions, f"{SEARCH}/completions", q=q, **given(at=at))

    def run(self, run_id: int) -> RunDetail:
        """One run, whole. Raises MissingError."""
        return self._get(RunDetail, run_api(run_id))

    def epochs(self, run_id: int) -> tuple[EpochRow, ...]:
        """Figures of every finished epoch."""
        return self._get(EpochList, run_api(run_id, "epochs")).items

    def classes(self, run_id: int, epoch: int | None = None) -> ClassTable:
        """Recall and precision of every class, after `epoch` or the last one."""
        return self._get(ClassTable, run_api(run_id, "classes"), **given(epoch=epoch))

    def measured(self, run_ids: Sequence[int]) -> tuple[RunSeries, ...]:
        """Every epoch and class of at most 100 runs, by number; a run that is gone is left out."""
        return self._get(SeriesList, MEASURED, runs=",".join(map(str, run_ids))).items

    def confusion(self, run_id: int, epoch: int | None = None) -> ConfusionView:
        """The confusion matrix on test, after `epoch` or the last one."""
        return self._get(ConfusionView, run_api(run_id, "confusion"), **given(epoch=epoch))

    def predictions(
        self, run_id: int, split: SplitName = "test", epoch: EpochName = "last"
    ) -> PredictionsView:
        """What the network says to each image. Raises MissingError, which says why that was not kept."""
        return self._get(PredictionsView, run_api(run_id, "predictions"), split=split, epoch=epoch)

    def change(self, run_id: int, **fields: Any) -> RunDetail:
        """Set name, tags, notes, priority, max_attempts or time_limit_minutes."""
        return RunDetail.model_validate_json(self._send("PATCH", run_api(run_id), json=fields).content)

    def cancel(self, run_id: int) -> RunDetail:
        """Stop the run, or take it out of the queue. Raises ConflictedError where it has ended."""
        return self._post(RunDetail, run_api(run_id, "cancel"))

    def pause(self, run_id: int) -> RunDetail:
        """Stop the run so that it can be resumed."""
        return self._post(RunDetail, run_api(run_id, "pause"))

    def resume(self, run_id: int) -> RunDetail:
        """Queue a paused run again, to go on after the step at which it stopped."""
        return self._post(RunDetail, run_api(run_id, "resume"))

    def retry(self, run_id: int) -> RunDetail:
        """Queue a failed, crashed or canceled run again, to go on after its last checkpoint."""
        return self._post(RunDetail, run_api(run_id, "retry"))

    def continue_run(self, run_id: int, epochs: int, idempotency_key: str | None = None) -> RunSummary:
        """Queue a run that goes on from this completed one for so many epochs more.

        Raises ConflictedError where it cannot be continued, which says why. Sent again as `launch` is.
        """
        headers = {"Idempotency-Key": idempotency_key or uuid.uuid4().hex}
        return self._post(RunSummary, run_api(run_id, "continue"), {"epochs": epochs}, headers)

    def delete(self, run_id: int) -> None:
        """Remove the run and everything it wrote."""
        self._send("DELETE", run_api(run_id))

    def health(self) -> Health:
        """Whether the server answers."""
        return self._get(Health, f"{API}/health")

    def theory(self, name: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """The calculator's answer to a request, as JSON values. Raises RefusedError naming fields."""
        answer: dict[str, Any] = self._send("POST", f"{API}/theory/{name}", json=request).json()
        return answer

    def theory_typed(self, name: str, view: type[ViewT], typed: Mapping[str, str]) -> ViewT:
        """The calculator's view of what its page would have in the address. Raises RefusedError."""
        return self._get(view, f"{API}/theory/{name}", **typed)
