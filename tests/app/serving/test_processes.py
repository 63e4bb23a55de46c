"""`serve` as a family of processes: what dies is started again, what it leaves is nothing."""

import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Event

import httpx2
import psutil
import pytest
from click.testing import CliRunner

from app.cli import main
from app.errors import SetupError
from app.serving.processes import Processes
from app.settings import Settings
from tests.app.real_processes import Family, wait_for


@pytest.fixture
def family(tmp_path: Path) -> Iterator[Family]:
    family = Family(tmp_path / "data")
    yield family
    family.kill()


@pytest.fixture
def _handlers() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def answers(url: str) -> bool:
    try:
        return httpx2.get(f"{url}/api/v1/health", timeout=60).status_code == 200
    except httpx2.TransportError:
        return False


@pytest.mark.slow
def test_what_is_killed_comes_back_and_in_the_end_nothing_is_left(family: Family) -> None:
    wait_for(lambda: answers(family.url))
    (web,), (worker,) = family.web(), family.worker()
    web.kill()
    assert answers(family.url), "the port stays open meanwhile, so the request waits"
    (second,) = family.web()
    assert second.pid != web.pid
    worker.kill()
    wait_for(lambda: any(other.pid != worker.pid for other in family.worker()))
    wait_for(lambda: answers(family.url))
    assert family.end() == []
    assert family.parent.returncode == 0


@pytest.mark.slow
def test_a_killed_parent_leaves_no_orphan(family: Family) -> None:
    wait_for(lambda: answers(family.url) and bool(family.worker()))
    family.parent.kill()
    assert family.left(seconds=60) == []


@pytest.mark.usefixtures("_handlers")
def test_a_port_in_use_is_one_sentence_and_code_2(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        shown = CliRunner().invoke(main, ["serve", "--data-dir", str(tmp_path / "data"), "--port", str(port)])
    assert shown.exit_code == 2
    assert shown.stderr == f"Error: Port {port} of 127.0.0.1 is in use. Choose another with --port.\n"
    assert shown.stdout == ""


@pytest.mark.usefixtures("_handlers")
@pytest.mark.parametrize("command", ["serve", "worker"])
def test_a_folder_that_cannot_be_written_is_one_sentence_and_code_2(tmp_path: Path, command: str) -> None:
    (tmp_path / "file").touch()
    options = ["--port", "0"] if command == "serve" else []
    shown = CliRunner().invoke(main, [command, "--data-dir", str(tmp_path / "file" / "data"), *options])
    assert shown.exit_code == 2
    assert shown.stderr.startswith("Error: The data folder ")
    assert shown.stderr.count("\n") == 1


def test_nothing_is_left_of_a_start_that_was_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    before = psutil.Process().children(recursive=True)
    with pytest.raises(SetupError), Processes(Settings(data_dir=tmp_path / "file" / "x", port=0), say=print):
        pytest.fail("it must not start")
    assert psutil.Process().children(recursive=True) == before


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_worker_by_itself_ends_when_told(tmp_path: Path, number: signal.Signals) -> None:
    code = "from app.__main__ import main; main()"
    worker = subprocess.Popen(
        [sys.executable, "-c", code, "worker", "--data-dir", str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert worker.stdout is not None
    assert worker.stdout.readline().startswith("Working on the queue")
    children = psutil.Process(worker.pid).children(recursive=True)
    worker.send_signal(number)
    assert worker.wait(60) == 0
    # the fork server may be importing torch, and looks up only when it is done
    assert psutil.wait_procs(children, timeout=60)[1] == []
    worker.stdout.close()


@pytest.mark.slow
def test_without_slots_there_is_no_worker(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "data", port=0, workers=0)
    stop = Event()
    stop.set()
    with Processes(settings, say=print) as processes:
        assert processes.run_until(stop) == 0
        assert answers(processes.url)
        roles = [
            child.cmdline()[3]
            for child in psutil.Process().children()
            if "app.serving.child" in child.cmdline()
        ]
    assert roles == ["web"]


@pytest.mark.parametrize(
    ("host", "shown"),
    [("127.0.0.1", "127.0.0.1"), ("0.0.0.0", "127.0.0.1"), ("::1", "[::1]"), ("localhost", "localhost")],
)
def test_the_address_is_one_that_a_browser_takes(host: str, shown: str) -> None:
    settings = Settings(host=host, port=81, root_path="/lab", token="t")
    assert Processes(settings, say=print).url == f"http://{shown}:81/lab"
