"""The Python client: launch runs, wait for them, read what they measured. Needs neither torch nor a database.

    with Client("http://127.0.0.1:8000") as board:
        run = board.launch({"loss": {"name": "focal"}}, name="focal")
        print(board.wait(run.id).state)

Answers are the same frozen views that the server made. Errors are those of client_errors.
"""

import os
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any, TypeVar

import httpx2

from app.client_errors import UnreachableError, WaitedTooLongError
from app.client_wire import EventStream, checked
from app.lifecycle import ENDED
from app.urls import API, run_api
from app.views.base import View
from app.views.compare import Comparison
from app.views.preview import Preview
from app.views.runs import RunDetail, RunList, RunSummary
from app.views.series import ClassTable, ConfusionView, EpochList, EpochRow, EventRow
from app.views.system import DatasetList, DatasetView, Health

DEFAULT_URL = "http://127.0.0.1:8000"
PAGE = 100
_RETRY_DELAYS = (0.2, 0.5, 1.0, 2.0)

ViewT = TypeVar("ViewT", bound=View)


class Client:
    """A connection to one server. Use it as a context, or close it."""

    def __init__(
        self,
        url: str | None = None,
        token: str | None = None,
        transport: httpx2.BaseTransport | None = None,
    ) -> None:
        """url and token default to BETABOARD_URL (else http://127.0.0.1:8000) and BETABOARD_TOKEN."""
        address = (url or os.environ.get("BETABOARD_URL") or DEFAULT_URL).rstrip("/")
        self.url = address if "://" in address else f"http://{address}"
        token = token or os.environ.get("BETABOARD_TOKEN")
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._http = httpx2.Client(base_url=self.url, headers=headers, timeout=30.0, transport=transport)

    def __enter__(self) -> "Client":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection; closing twice is harmless."""
        self._http.close()

    def launch(
        self,
        config: Mapping[str, Any],
        name: str | None = None,
        tags: Sequence[str] = (),
        notes: str = "",
        priority: int = 0,
        idempotency_key: str | None = None,
    ) -> RunSummary:
        """Queue a run of `config` (nested fields, defaults for the rest).

        Sent again by itself where the connection breaks; the key, a random one by default, keeps that from
        launching twice. Raises RefusedError whose `fields` name what is wrong with the configuration.
        """
        body = {"config": config, "tags": list(tags), "notes": notes, "priority": priority}
        body |= {"name": name} if name else {}
        headers = {"Idempotency-Key": idempotency_key or uuid.uuid4().hex}
        return self._post(RunSummary, f"{API}/runs", body, headers)

    def validate(self, config: Mapping[str, Any]) -> Preview:
        """What a run of `config` would do, without launching it. Raises RefusedError."""
        return self._post(Preview, f"{API}/runs/validate", {"config": config})

    def wait(
        self,
        run_id: int,
        timeout: float | None = None,
        on_event: Callable[[EventRow], None] | None = None,
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
        """Runs that fit, newest first; all of them, page by page, or at most `limit`."""
        asked = {"q": q, "state": list(state), "tag": list(tag), "sort": sort, "archived": archived}
        found: list[RunSummary] = []
        cursor: dict[str, str] = {}
        while limit is None or len(found) < limit:
            size = PAGE if limit is None else min(PAGE, limit - len(found))
            page = self._get(RunList, f"{API}/runs", **asked, **cursor, limit=size)
            found += page.items
            if page.next_cursor is None:
                break
            cursor = {"cursor": page.next_cursor}
        return found

    def run(self, run_id: int) -> RunDetail:
        """One run, whole. Raises MissingError."""
        return self._get(RunDetail, run_api(run_id))

    def epochs(self, run_id: int) -> tuple[EpochRow, ...]:
        """Figures of every finished epoch."""
        return self._get(EpochList, run_api(run_id, "epochs")).items

    def classes(self, run_id: int, epoch: int | None = None) -> ClassTable:
        """Recall and precision of every class, after `epoch` or the last one."""
        return self._get(ClassTable, run_api(run_id, "classes"), **_given(epoch=epoch))

    def confusion(self, run_id: int, epoch: int | None = None) -> ConfusionView:
        """The confusion matrix on test, after `epoch` or the last one."""
        return self._get(ConfusionView, run_api(run_id, "confusion"), **_given(epoch=epoch))

    def compare(self, run_ids: Iterable[int]) -> list[dict[str, Any]]:
        """A flat dict a run, ready for pandas.DataFrame: label, metrics, and "recall NAME" for each class."""
        return _flat(self.comparison(run_ids))

    def comparison(self, run_ids: Iterable[int]) -> Comparison:
        """The runs side by side, as the compare page has them."""
        return self._get(Comparison, f"{API}/compare", runs=",".join(map(str, run_ids)))

    def change(self, run_id: int, **fields: Any) -> RunDetail:
        """Set name, tags, notes or priority."""
        return RunDetail.model_validate_json(self._send("PATCH", run_api(run_id), json=fields).content)

    def cancel(self, run_id: int) -> RunDetail:
        """Stop the run, or take it out of the queue. Raises ConflictedError where it has ended."""
        return self._post(RunDetail, run_api(run_id, "cancel"))

    def pause(self, run_id: int) -> RunDetail:
        """Stop the run so that it can be resumed."""
        return self._post(RunDetail, run_api(run_id, "pause"))

    def resume(self, run_id: int) -> RunDetail:
        """Queue a paused run again, to go on after its last finished epoch."""
        return self._post(RunDetail, run_api(run_id, "resume"))

    def retry(self, run_id: int) -> RunDetail:
        """Queue a failed, crashed or canceled run again, to go on after its last finished epoch."""
        return self._post(RunDetail, run_api(run_id, "retry"))

    def delete(self, run_id: int) -> None:
        """Remove the run and everything it wrote."""
        self._send("DELETE", run_api(run_id))

    def datasets(self) -> tuple[DatasetView, ...]:
        """Data sets that a run may name."""
        return self._get(DatasetList, f"{API}/datasets").items

    def health(self) -> Health:
        """Whether the server answers."""
        return self._get(Health, f"{API}/health")

    def _get(self, kind: type[ViewT], path: str, **asked: Any) -> ViewT:
        return kind.model_validate_json(self._send("GET", path, params=asked).content)

    def _post(
        self, kind: type[ViewT], path: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> ViewT:
        return kind.model_validate_json(self._send("POST", path, json=body, headers=headers).content)

    def _send(self, method: str, path: str, **options: Any) -> httpx2.Response:
        """One request, sent again where the connection breaks and sending twice does no harm."""
        headers = options.get("headers") or {}
        repeatable = method == "GET" or "Idempotency-Key" in headers
        for delay in (*_RETRY_DELAYS, None) if repeatable else (None,):
            try:
                return checked(self._http.request(method, path, **options))
            except httpx2.TransportError as error:
                if delay is None:
                    raise UnreachableError(
                        f"No betaboard answers at {self.url} ({error}).",
                        "Start one with `betaboard serve`, or set --url or BETABOARD_URL.",
                        "unreachable",
                    ) from error
                time.sleep(delay)
        raise AssertionError("the last attempt returns or raises")


def _given(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _flat(comparison: Comparison) -> list[dict[str, Any]]:
    rows = []
    for row in comparison.rows:
        recall = zip(comparison.classes, row.classes, strict=True)
        rows.append(
            {"label": row.label, "run_id": row.run_ids[0], "n": row.n}
            | {name: spread.mean for name, spread in row.metrics.items()}
            | {f"recall {column.name}": spread.mean for column, spread in recall}
        )
    return rows
