"""/stream and /runs/{id}/stream over a real connection: order, resuming, ends, and one poller for all."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Semaphore, Thread
from typing import Any

import httpx2
import pytest
import sqlalchemy

from app.lifecycle import State
from app.runs import queue
from app.runs.ingest import ingest
from app.settings import Settings
from app.store.engine import Database
from app.store.runs import delete_run, get_run
from app.store.series import events_after
from app.views.series.fill import event_row
from app.web import listeners, sse
from trainer.events import Batch, Log
from trainer.journal import Journal
from trainer.run_dir import RunDir

pytestmark = pytest.mark.slow

SeedRun = Callable[..., int]
HTML = {"Accept": "text/html"}


@contextmanager
def opened(url: str, path: str, **options: Any) -> Iterator[Iterator[httpx2.ServerSentEvent]]:
    with (
        httpx2.Client(base_url=f"{url}/api/v1", timeout=60) as client,
        client.stream("GET", path, **options) as response,
    ):
        assert response.status_code == 200
        assert response.headers["content-type"].startswith("text/event-stream")
        assert response.headers["cache-control"] == "no-cache"
        assert response.headers["x-accel-buffering"] == "no"
        yield (event for event in httpx2.EventSource(response) if event.data)


def all_of(url: str, path: str, **options: Any) -> list[httpx2.ServerSentEvent]:
    with opened(url, path, **options) as events:
        return list(events)


def ids(events: list[httpx2.ServerSentEvent]) -> list[int]:
    return [int(event.id) for event in events if event.event != "end"]


def write_logs(db: Database, settings: Settings, run_id: int, number: int) -> None:
    run_dir = RunDir(settings.run_dir(run_id))
    with Journal(run_dir.events) as journal:
        for index in range(number):
            journal.append(Log(message=f"line {index}"))
    ingest(db, run_id, 1, run_dir)


def settle(db: Database, run_id: int, state: State) -> None:
    with db.write() as session:
        queue.move(session, get_run(session, run_id), state)


def test_ended_run_is_told_whole_and_closed(web_url: str, seed_run: SeedRun) -> None:
    run_id = seed_run("completed")
    seed_run("failed")
    told = all_of(web_url, f"/runs/{run_id}/stream")
    stored = httpx2.get(f"{web_url}/api/v1/runs/{run_id}/events", timeout=60).json()["items"]
    assert [json.loads(event.data) for event in told[:-1]] == stored
    assert [event.event for event in told[:-1]] == [row["kind"] for row in stored]
    assert (told[-1].event, told[-1].json()) == ("end", {"state": "completed"})


def test_goes_on_after_the_last_event_that_arrived(web_url: str, seed_run: SeedRun) -> None:
    path = f"/runs/{seed_run('completed')}/stream"
    everything = ids(all_of(web_url, path))
    assert ids(all_of(web_url, path, params={"after": everything[2]})) == everything[3:]
    assert ids(all_of(web_url, path, headers={"Last-Event-ID": str(everything[4])})) == everything[5:]
    both = {"params": {"after": everything[0]}, "headers": {"Last-Event-ID": str(everything[-1])}}
    assert ids(all_of(web_url, path, **both)) == []


def test_long_past_is_told_without_gap(
    web_url: str, seed_run: SeedRun, db: Database, settings: Settings
) -> None:
    run_id = seed_run("running", epochs=1)
    write_logs(db, settings, run_id, 2 * listeners.PAGE + 7)
    settle(db, run_id, State.COMPLETED)
    told = all_of(web_url, f"/runs/{run_id}/stream")
    assert ids(told) == sorted(set(ids(told)))
    assert sum(event.event == "log" for event in told) == 2 * listeners.PAGE + 7


def test_running_run_is_followed_to_its_end(
    web_url: str, seed_run: SeedRun, db: Database, settings: Settings
) -> None:
    run_id, other = seed_run("running", epochs=1), seed_run("running", epochs=1)
    with opened(web_url, f"/runs/{run_id}/stream") as events:
        assert [next(events).event for _ in range(4)] == ["state", "state", "started", "epoch"]
        write_logs(db, settings, other, 3)
        write_logs(db, settings, run_id, 2)
        assert [next(events).event for _ in range(2)] == ["log", "log"]
        settle(db, run_id, State.CANCELED)
        assert [event.event for event in events] == ["state", "end"]


def test_retried_run_streams_on(web_url: str, seed_run: SeedRun, db: Database) -> None:
    run_id = seed_run("failed")
    with db.write() as session:
        queue.requeue(session, get_run(session, run_id))
    with opened(web_url, f"/runs/{run_id}/stream") as events:
        states = [json.loads(next(events).data)["payload"].get("to") for _ in range(9)]
        assert states[-2:] == ["failed", "queued"]
        settle(db, run_id, State.CANCELED)
        assert [event.event for event in events] == ["state", "end"]


def test_deleted_run_ends_its_stream(
    web_url: str, seed_run: SeedRun, db: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sse, "STATES_SECONDS", 0.2)
    run_id = seed_run("paused")
    with opened(web_url, f"/runs/{run_id}/stream") as events:
        next(events)
        delete_run(db, settings, run_id)
        last = list(events)[-1]
        assert (last.event, last.json()) == ("end", {"state": None})


def test_stream_of_all_runs_begins_now(web_url: str, seed_run: SeedRun) -> None:
    seed_run("completed")
    with opened(web_url, "/stream") as events:
        time.sleep(0.5)
        run_id = seed_run("queued")
        event = next(events)
        assert json.loads(event.data)["run_id"] == run_id
    assert len(ids(_first(web_url, "/stream?after=0", 9))) == 9


def _first(url: str, path: str, number: int) -> list[httpx2.ServerSentEvent]:
    with opened(url, path) as events:
        return [next(events) for _ in range(number)]


def test_listener_that_is_too_slow_reads_the_table_again(seed_run: SeedRun, db: Database) -> None:
    listener = listeners.Listener(None, position=0, behind=False)
    seed_run("completed")
    with db.read() as session:
        rows = [listeners.FeedEvent(event_row(row), None) for row in events_after(session, 0)]
    listener.offer(rows, {}, time.monotonic())
    assert (list(listener.waiting), listener.behind) == (rows, False)
    listener.offer(rows * listeners.PAGE, {}, time.monotonic())
    assert (list(listener.waiting), listener.behind) == ([], True)
    assert listener.wake.is_set()


class _Statements:
    """Counts what any connection of this process asks its database."""

    def __enter__(self) -> "_Statements":
        self.count = 0
        sqlalchemy.event.listen(sqlalchemy.Engine, "before_cursor_execute", self._note)
        return self

    def __exit__(self, *_: object) -> None:
        sqlalchemy.event.remove(sqlalchemy.Engine, "before_cursor_execute", self._note)

    def _note(self, _connection: object, _cursor: object, statement: str, *_: object) -> None:
        self.count += "FROM events" in statement


def test_one_poller_serves_all_and_rests_without_listeners(web_url: str) -> None:
    done, is_open = Event(), Semaphore(0)

    def listen() -> None:
        with opened(web_url, "/stream?after=0"):
            is_open.release()
            done.wait()

    listeners = [Thread(target=listen) for _ in range(12)]
    for listener in listeners:
        listener.start()
    assert all(is_open.acquire(timeout=30) for _ in listeners)
    within(30, lambda: 2 <= _statements_in(5 * sse.POLL_SECONDS) <= 6)  # once their past is told
    done.set()
    for listener in listeners:
        listener.join()
    within(30, lambda: _statements_in(4 * sse.POLL_SECONDS) == 0)


def _statements_in(seconds: float) -> int:
    with _Statements() as heard:
        time.sleep(seconds)
    return heard.count


def within(seconds: float, holds: Callable[[], bool]) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_open_streams_do_not_hold_up_the_end_of_the_server(web_url: str, seed_run: SeedRun) -> None:
    """The fixture ends the server while both streams are open; all tests end with a look whether it did."""
    run_id, is_open = seed_run("running"), Semaphore(0)

    def follow(path: str) -> None:
        with opened(web_url, path) as events:
            is_open.release()
            list(events)

    for path in ("/stream", f"/runs/{run_id}/stream"):
        Thread(target=follow, args=(path,), daemon=True).start()
    assert is_open.acquire(timeout=30)
    assert is_open.acquire(timeout=30)


def test_pages_are_told_the_words_of_a_batch_and_no_payload(
    web_url: str, seed_run: SeedRun, db: Database, settings: Settings
) -> None:
    """The same words as a page that is loaded now; scripts are told the event as ever."""
    run_id = seed_run("running", config={"optim": {"epochs": 9, "milestones": []}}, epochs=1)
    run_dir = RunDir(settings.run_dir(run_id))
    with Journal(run_dir.events) as journal:
        journal.append(Batch(epoch=2, step=250, steps=500, loss=1.0, images_per_second=900.0))
    ingest(db, run_id, 1, run_dir)
    with opened(web_url, "/stream?after=0&words=true") as events:
        told = {event.event: json.loads(event.data) for event in (next(events) for _ in range(5))}
    assert told["epoch"] == {"run_id": run_id, "words": None}
    words = told["batch"]["words"]
    assert words["place"] == "epoch 2 of 9, step 250 of 500"
    page = httpx2.get(f"{web_url}/runs/{run_id}", headers=HTML, timeout=60).text
    assert f">{words['place']}<" in page
    assert f">{words['pace']}<" in page
    assert f">{words['short']}<" in httpx2.get(f"{web_url}/runs", headers=HTML, timeout=60).text
    with opened(web_url, "/stream?after=0") as events:
        whole = [next(events) for _ in range(5)][-1]
    assert (whole.event, json.loads(whole.data)["payload"]["step"]) == ("batch", 250)
