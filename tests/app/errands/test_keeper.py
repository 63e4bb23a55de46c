"""Processes of errands: beside the web process, taken up again after it ended, given up at last."""

import os
import signal
import time
from collections.abc import Callable
from threading import Event, Thread

import pytest
from starlette.testclient import TestClient

from app.errands import place as places
from app.errands.keeper import MOST_TRIES, Keeper
from app.errands.place import begin_about, errands, new_place
from app.main import create_app
from app.settings import Settings
from tests.app.errands.sent import API, begun, long_tailed, packed, send

pytestmark = pytest.mark.slow


def until(holds: Callable[[], object], step: Callable[[], object] = lambda: None) -> None:
    end = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < end, "it did not happen in time"
        step()
        time.sleep(0.02)


def test_an_import_goes_its_way_beside_the_web_process(client: TestClient) -> None:
    content = packed(long_tailed())
    address = begun(client, content)
    send(client, address, content)
    until(lambda: client.get(address).json()["state"] == "ready")
    client.post(f"{address}/take", json={})
    until(lambda: client.get(address).json()["state"] == "done")
    assert client.get(f"{API}/folder:pets").json()["ready"]


def test_what_a_killed_process_was_at_begins_anew(settings: Settings) -> None:
    """Also where the whole web process was killed: the folder is all that is left, and the lock is free."""
    board = TestClient(create_app(settings), base_url="http://localhost:8000")
    content = packed(long_tailed())
    address = begun(board, content)
    send(board, address, content)
    first = Keeper(settings)
    first.look()
    (child,) = first._children.values()
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    assert board.get(address).json()["state"] == "looking"
    stop = Event()
    second = Thread(target=Keeper(settings).run_until, args=(stop,))
    second.start()
    until(lambda: board.get(address).json()["state"] == "ready")
    stop.set()
    second.join()


def test_of_two_keepers_one_carries_it_out(settings: Settings) -> None:
    place = begin_about(settings, "duplicates", "shapes10")
    with place.held() as held:
        assert held is not None
        keeper = Keeper(settings)
        keeper.look()
        assert keeper._children == {}


def test_it_is_given_up_where_processes_vanish(settings: Settings) -> None:
    place = begin_about(settings, "fetch", "shapes10")
    keeper = Keeper(settings)
    for _ in range(MOST_TRIES):
        until(lambda: keeper._children, keeper.look)
        (child,) = keeper._children.values()
        os.kill(child.pid, signal.SIGKILL)
        child.wait()
        keeper.look()
    failure = place.told("fetch").failure
    assert failure is not None
    assert f"ended {MOST_TRIES} times without a word (code -9)" in failure.message
    keeper.look()
    assert keeper._children == {}


def test_a_step_that_is_asked_for_before_the_last_process_was_seen_off_loses_no_try(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    """Somebody answers at once: what was told of the step before is gone by then."""
    place = begin_about(settings, "fetch", "shapes10")
    keeper = Keeper(settings)
    keeper.look()
    (child,) = keeper._children.values()
    assert child.wait(60) == 0
    errand = place.errand()
    assert errand is not None
    place.ask(errand)
    keeper.look()
    (again,) = keeper._children.values()
    assert again.wait(60) == 0
    assert keeper._vanished == {}
    assert caplog.records == []


def test_a_process_ends_when_its_errand_is_canceled(settings: Settings) -> None:
    place = begin_about(settings, "fetch", "shapes10")
    keeper = Keeper(settings)
    keeper.look()
    (child,) = keeper._children.values()
    place.remove()
    keeper.look()
    assert child.poll() is not None
    assert list(settings.errands_dir.iterdir()) == []


def test_a_process_ends_with_its_parent(settings: Settings) -> None:
    begin_about(settings, "fetch", "shapes10")
    keeper = Keeper(settings)
    keeper.look()
    (child,) = keeper._children.values()
    assert child.stdin is not None
    child.stdin.close()
    child.wait(60)


def test_what_nobody_touched_for_a_week_goes(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    new_place(settings, "import", "folder:pets", bytes=5)
    Keeper(settings).look()
    assert len(errands(settings)) == 1
    monkeypatch.setattr(places, "KEPT_SECONDS", -1.0)
    Keeper(settings).look()
    assert errands(settings) == []
