"""The Python client against the whole application, and against servers that come and go."""

import json
import time
from collections.abc import Callable, Iterator
from threading import Event, Thread
from typing import Any, ClassVar

import httpx2
import pytest

from app.client import Client
from app.client import calls as client_wire
from app.client.errors import (
    ConflictedError,
    MissingError,
    RefusedError,
    SearchRefusedError,
    ServerFailedError,
    UnreachableError,
    WaitedTooLongError,
)
from app.lifecycle import State
from app.runs import queue
from app.runs.ingest import end
from app.runs.reasons import Reason
from app.runs.retries import USUAL, Retries
from app.settings import Settings
from app.store.engine import Database
from app.store.runs import get_run
from app.views.series.view import EventRow
from tests.app.predictions import random_answers, write_predictions

pytestmark = pytest.mark.slow

SeedRun = Callable[..., int]


@pytest.fixture
def board(web_url: str) -> Iterator[Client]:
    with Client(web_url) as made:
        yield made


class Answering(httpx2.BaseTransport):
    """A server that gives these answers in turn and keeps what it was asked in `asked`."""

    def __init__(self, *answers: httpx2.Response | Exception) -> None:
        self._left = list(answers)
        self.asked: list[httpx2.Request] = []

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        request.read()
        self.asked.append(request)
        answer = self._left.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def error(status: int, **said: Any) -> httpx2.Response:
    body = {"code": "x", "message": "No.", "hint": "", "fields": [], **said}
    return httpx2.Response(status, json={"error": body})


def launched(seed_run: SeedRun, web: Client) -> httpx2.Response:
    return httpx2.Response(201, content=web.run(seed_run("queued")).model_dump_json())


def test_a_search_and_its_mistake(board: Client) -> None:
    run = board.launch({"seed": 41}, tags=["a"])
    assert [found.id for found in board.runs("seed = 41 and tag:a")] == [run.id]
    assert [one.text for one in board.completions("seed = 4").items] == ["41 "]
    with pytest.raises(SearchRefusedError) as refused:
        board.runs("sed = 41")
    error = refused.value
    assert (error.query, error.position, error.length) == ("sed = 41", 0, 3)
    assert list(error.readings) == ["seed = 41"]


def test_launch_list_show_change_delete(board: Client) -> None:
    run = board.launch({"loss": {"name": "focal"}}, name="mine", tags=["a"], notes="n", priority=2)
    assert (run.state, run.tags, run.priority) == ("queued", ("a",), 2)
    assert [found.id for found in board.runs(q="mine")] == [run.id]
    assert board.change(run.id, name="yours").name == "yours"
    assert board.cancel(run.id).state == "canceled"
    assert board.retry(run.id).state == "queued"
    assert board.cancel(run.id).moves == ("retry", "archive", "delete")
    board.delete(run.id)
    assert board.runs() == []


def test_predictions(board: Client, seed_run: SeedRun, settings: Settings) -> None:
    run_id, answers = seed_run(), random_answers()
    with pytest.raises(MissingError, match="keeps no predictions"):
        board.predictions(run_id)
    write_predictions(settings.runs_dir, run_id, answers, at="best")
    found = board.predictions(run_id, epoch="best")
    assert found.predicted == tuple(answers.predicted)
    assert found.split == "test"


def test_all_pages_are_read(board: Client, seed_run: SeedRun, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.client.calls.PAGE", 2)
    ids = [seed_run("queued") for _ in range(5)]
    assert [run.id for run in board.runs(sort="id")] == ids
    assert [run.id for run in board.runs(limit=3)] == ids[:1:-1]


def test_series_are_views(board: Client, seed_run: SeedRun) -> None:
    run_id = seed_run()
    assert [row.epoch for row in board.epochs(run_id)] == [1, 2, 3]
    assert [row.name for row in board.classes(run_id).classes] == ["cat", "dog", "fox"]
    assert board.classes(run_id, epoch=1).epoch == 1
    assert board.confusion(run_id).matrix[0] == (20, 0, 0)


def test_comparison_is_rows_for_a_data_frame(board: Client, seed_run: SeedRun) -> None:
    ids = [seed_run(), seed_run(config={"loss": {"name": "focal"}})]
    rows = board.compare(ids)
    assert [(row["label"], row["run_ids"]) for row in rows] == [("CE", str(ids[0])), ("Focal", str(ids[1]))]
    assert rows[0]["accuracy"] == pytest.approx(0.65)
    assert rows[0]["recall fox"] == pytest.approx(0.4)
    assert (rows[1]["accuracy delta"], rows[1]["accuracy delta n"], rows[1]["accuracy sd"]) == (0, 1, None)
    assert rows[0]["accuracy delta"] is None
    assert rows[0].keys() == rows[1].keys()
    assert all(not isinstance(value, dict | list | tuple) for row in rows for value in row.values())


def test_a_comparison_is_asked_for_as_the_page_asks(board: Client, seed_run: SeedRun) -> None:
    ids = [
        seed_run(config={"loss": {"name": name}, "seed": seed})
        for name in ("cross_entropy", "focal")
        for seed in (0, 1)
    ]
    usual = board.comparison(ids)
    assert (usual.pairing, usual.multiplicity, usual.margin) == ("welch", "holm", None)
    view = board.comparison(ids, pairing="paired", multiplicity="none", margin=2.5, tuned="")
    assert (view.pairing, view.multiplicity, view.margin) == ("paired", "none", 2.5)
    assert view.rows[1].delta is not None
    assert view.rows[1].delta.method == "paired"
    [_, focal] = board.compare(ids, margin=2.5)
    assert focal["accuracy delta verdict"] in ("same", "unknown")
    assert "largest mean" in board.compare_table("markdown", ids, marks="mean")
    with pytest.raises(RefusedError, match="tuned"):
        board.comparison(ids, tuned="model.width")


def test_preview(board: Client) -> None:
    preview = board.validate({"loss": {"weighting": "class_balanced"}})
    assert preview.parameters == 653_866


class TestErrors:
    def test_refused_configuration_names_its_fields(self, board: Client) -> None:
        with pytest.raises(RefusedError, match=r"loss\.beta") as caught:
            board.launch({"loss": {"beta": 2, "weighting": "class_balanced"}})
        assert caught.value.code == "invalid"
        assert [field.path for field in caught.value.fields] == ["loss.beta"]

    def test_unknown_run_and_illegal_move(self, board: Client, seed_run: SeedRun) -> None:
        with pytest.raises(MissingError, match="Run 99 does not exist"):
            board.run(99)
        with pytest.raises(ConflictedError, match="completed") as caught:
            board.cancel(seed_run("completed"))
        assert caught.value.code == "illegal_move"

    def test_wrong_token(self) -> None:
        transport = Answering(error(401, code="unauthorized"))
        with Client("http://board", transport=transport) as board, pytest.raises(RefusedError) as caught:
            board.runs()
        assert caught.value.code == "unauthorized"

    @pytest.mark.parametrize("answer", [httpx2.Response(502, html="<h1>Bad gateway"), error(500), error(503)])
    def test_failing_server_or_proxy(self, answer: httpx2.Response) -> None:
        with Client("http://board", transport=Answering(answer)) as board, pytest.raises(ServerFailedError):
            board.run(1)

    def test_answer_of_something_else(self) -> None:
        transport = Answering(httpx2.Response(404, text="nginx"))
        with (
            Client("http://board", transport=transport) as board,
            pytest.raises(ServerFailedError, match="404"),
        ):
            board.run(1)

    def test_nobody_there(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("app.client.calls._RETRY_DELAYS", (0.0,))
        with Client("127.0.0.1:9") as board, pytest.raises(UnreachableError, match="betaboard serve"):
            board.health()


class TestLaunch:
    def test_broken_connection_does_not_launch_twice(self, board: Client, seed_run: SeedRun) -> None:
        transport = Answering(httpx2.ReadError("cut"), httpx2.ConnectError("no"), launched(seed_run, board))
        with Client("http://board", transport=transport) as shaky:
            assert shaky.launch({}).state == "queued"
        keys = [request.headers["idempotency-key"] for request in transport.asked]
        assert len(keys) == 3
        assert len(set(keys)) == 1

    def test_each_launch_has_its_own_key(self, board: Client) -> None:
        assert board.launch({}).id != board.launch({}).id
        key = "mine"
        assert board.launch({}, idempotency_key=key).id == board.launch({}, idempotency_key=key).id

    def test_token_is_sent(self, board: Client, seed_run: SeedRun, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("BETABOARD_TOKEN", "secret")
        transport = Answering(launched(seed_run, board))
        with Client("http://board", transport=transport) as guarded:
            guarded.launch({})
        assert transport.asked[0].headers["authorization"] == "Bearer secret"


class TestWait:
    def test_ended_run(self, board: Client, seed_run: SeedRun) -> None:
        seen: list[EventRow] = []
        run = board.wait(seed_run("failed"), timeout=60, on_event=seen.append)
        assert (run.state, run.error.message if run.error else None) == ("failed", "It broke.")
        assert [event.kind for event in seen][-2:] == ["failed", "state"]

    def test_run_that_ends_meanwhile(self, board: Client, seed_run: SeedRun, db: Database) -> None:
        run_id = seed_run("running")

        def crash() -> None:
            time.sleep(0.1)
            with db.write() as session:
                queue.move(session, get_run(session, run_id), State.CRASHED)

        Thread(target=crash).start()
        assert board.wait(run_id, timeout=60).state == "crashed"

    def test_an_attempt_that_is_tried_again_is_no_end(
        self, board: Client, seed_run: SeedRun, db: Database
    ) -> None:
        run_id, lost, seen = seed_run("running"), Event(), list[EventRow]()

        def see(event: EventRow) -> None:
            seen.append(event)
            if event.kind == "state" and event.payload["to"] == State.QUEUED and event.payload["from"]:
                lost.set()

        def go_on() -> None:
            with db.write() as session:
                vanished = (State.CRASHED, Reason("ProcessVanished", "It vanished."))
                end(session, get_run(session, run_id), vanished, Retries(first_seconds=0))
            assert lost.wait(60)
            with db.write() as session:
                run = queue.claim(session, "w")
                assert run is not None
                end(session, run, (State.COMPLETED, None), USUAL)

        other = Thread(target=go_on)
        other.start()
        assert board.wait(run_id, timeout=60, on_event=see).state == "completed"
        other.join(60)
        assert [event.payload["to"] for event in seen if event.kind == "state"] == [
            "queued", "running", "queued", "running", "completed"]  # fmt: skip
        assert seen[-3].payload["reason"] == "Crashed: It vanished; tried again in 0 s (attempt 2 of 3)."

    def test_gives_up_and_leaves_the_run_alone(self, board: Client, seed_run: SeedRun) -> None:
        run_id, started = seed_run("running"), time.monotonic()
        with pytest.raises(WaitedTooLongError, match="still running"):
            board.wait(run_id, timeout=0.5)
        assert time.monotonic() - started < 30
        assert board.run(run_id).stop_requested is None

    def test_each_event_is_seen_once_over_broken_connections(
        self, board: Client, seed_run: SeedRun, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(client_wire, "PAUSE_SECONDS", 0.0)
        run_id = seed_run("completed")
        events = [json.loads(row.model_dump_json()) for row in board.follow(run_id)]
        transport = Answering(
            _stream(events[:3]),
            httpx2.ConnectError("restarting"),
            error(502),
            _stream(events[3:5]),
            httpx2.ReadTimeout("quiet"),
            _stream(events[5:], end=True),
            httpx2.Response(200, content=board.run(run_id).model_dump_json()),
        )
        seen: list[int] = []
        with Client("http://board", transport=transport) as shaky:
            shaky.wait(run_id, on_event=lambda event: seen.append(event.id))
        assert seen == [event["id"] for event in events]
        asked = [request.url.params.get("after") for request in transport.asked]
        assert asked[:4] == ["0", *[str(events[2]["id"])] * 3]

    def test_server_that_stays_away(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(client_wire, "PAUSE_SECONDS", 0.0)
        monkeypatch.setattr(client_wire, "PATIENCE_SECONDS", -1.0)
        transport = Answering(httpx2.ConnectError("gone"))
        with Client("http://board", transport=transport) as board, pytest.raises(UnreachableError):
            board.wait(1)


def _stream(events: list[dict[str, Any]], end: bool = False) -> httpx2.Response:
    lines = [f"event: {event['kind']}\ndata: {json.dumps(event)}\nid: {event['id']}\n\n" for event in events]
    lines += ['event: end\ndata: {"state": "completed"}\n\n'] if end else []
    headers = {"Content-Type": "text/event-stream"}
    return httpx2.Response(200, content="".join(lines).encode(), headers=headers)


def test_address_comes_from_the_environment(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BETABOARD_URL", "https://lab.example/board/")
    with Client() as board:
        assert board.url == "https://lab.example/board"


class TestSweeps:
    AXES: ClassVar = {"loss.beta": [0.9, "N=100"], "seed": (0, 1)}
    BASE: ClassVar = {"loss": {"weighting": "class_balanced"}, "optim": {"epochs": 3, "milestones": []}}

    def test_preview_launch_list_cancel_retry(self, board: Client) -> None:
        baselines = [{"loss.weighting": "none"}]
        preview = board.validate_sweep(self.BASE, self.AXES, baselines)
        assert (preview.runs, preview.new_runs, board.sweeps()) == (6, 6, [])
        sweep = board.launch_sweep(self.BASE, self.AXES, baselines, name="betas", tags=["t"])
        assert (sweep.name, sweep.counts.queued, sweep.seeds) == ("betas", 6, ("seed 0", "seed 1"))
        assert board.sweep(sweep.id) == sweep
        assert [one.id for one in board.sweeps()] == [sweep.id]
        assert len(board.runs(tag=["t"])) == 6
        assert board.cancel_sweep(sweep.id).counts.canceled == 6
        assert board.retry_sweep(sweep.id).counts.queued == 6
        with pytest.raises(ConflictedError, match="no missing"):
            board.retry_sweep(sweep.id)
        assert board.launch_sweep(self.BASE, self.AXES, reuse=False).counts.total == 4

    def test_all_pages_are_read(self, board: Client, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("app.client.calls.PAGE", 2)
        ids = [board.launch_sweep({}, {"seed": [seed]}).id for seed in range(5)]
        assert [sweep.id for sweep in board.sweeps()] == ids[::-1]
        assert [sweep.id for sweep in board.sweeps(limit=3)] == ids[:1:-1]

    def test_refusal_names_the_value(self, board: Client) -> None:
        with pytest.raises(RefusedError) as caught:
            board.launch_sweep(self.BASE, {"loss.beta": [0.9, 1]})
        assert [field.path for field in caught.value.fields] == ["axes.loss.beta[1]"]
        with pytest.raises(MissingError, match="Sweep 99"):
            board.sweep(99)

    def test_broken_connection_does_not_launch_twice(self, board: Client) -> None:
        answer = httpx2.Response(201, content=board.launch_sweep({}, {}).model_dump_json())
        transport = Answering(httpx2.ReadError("cut"), answer)
        with Client("http://board", transport=transport) as shaky:
            assert shaky.launch_sweep({}, {}).id == 1
        assert len({request.headers["idempotency-key"] for request in transport.asked}) == 1

    def test_waits_until_no_cell_is_left(
        self, board: Client, seed_run: SeedRun, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("app.client.calls.LOOK_SECONDS", 0.05)
        seed_run("completed", config={"optim": {"epochs": 3, "milestones": []}})
        done = board.launch_sweep({"optim": {"epochs": 3, "milestones": []}}, {})
        assert board.wait_sweep(done.id).counts.completed == 1
        waiting = board.launch_sweep({}, {"seed": [8, 9]})
        looks: list[int] = []
        with pytest.raises(WaitedTooLongError, match="still has 2 queued or running cells"):
            board.wait_sweep(waiting.id, timeout=0.3, on_look=lambda sweep: looks.append(sweep.id))
        assert len(looks) > 1
        board.cancel_sweep(waiting.id)
        assert board.wait_sweep(waiting.id, timeout=60).counts.canceled == 2

    def test_waits_through_a_restart(self, board: Client, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("app.client.calls._RETRY_DELAYS", ())
        monkeypatch.setattr("app.client.calls.LOOK_SECONDS", 0.01)
        sweep_id = board.launch_sweep({}, {}).id
        ended = httpx2.Response(200, content=board.cancel_sweep(sweep_id).model_dump_json())
        transport = Answering(httpx2.ConnectError("restarting"), error(502), ended)
        with Client("http://board", transport=transport) as shaky:
            assert shaky.wait_sweep(sweep_id).counts.canceled == 1
        monkeypatch.setattr("app.client.calls.PATIENCE_SECONDS", -1.0)
        with (
            Client("http://board", transport=Answering(httpx2.ConnectError("gone"))) as lost,
            pytest.raises(UnreachableError),
        ):
            lost.wait_sweep(sweep_id)
