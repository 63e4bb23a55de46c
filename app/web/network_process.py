"""The process that looks at pictures for the web process, which must not import torch.

One at a time, with one network in it: started when somebody asks, kept for IDLE_SECONDS after the last
answer, ended with the application, killed where an answer takes ANSWER_SECONDS. Few wait for it; others are
told to come again. See trainer.prediction_child.
"""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from threading import Lock, Timer
from typing import Any

from app.errors import NotFoundError, UnavailableError
from app.settings import Settings
from app.views.pictures import PicturesView, picture_view
from trainer.run_dir import EpochName

IDLE_SECONDS = 60.0
ANSWER_SECONDS = 60.0
"""The start of the process, which imports torch, is part of the first answer."""
MOST_WAITING = 6
Sent = Sequence[tuple[str, bytes]]
"""What each picture is called, and its file."""


class NetworkProcess:
    """Starts it, asks it, ends it. Any thread may ask."""

    def __init__(self, settings: Settings) -> None:
        """Nothing is started yet."""
        self._settings = settings
        self._turn = Lock()
        self._counting = Lock()
        self._waiting = 0
        self._child: subprocess.Popen[bytes] | None = None
        self._idle: Timer | None = None

    def ask(self, run_id: int, at: EpochName, pictures: Sent, seen: bool = False) -> PicturesView:
        """What the run's network says.

        Raises NotFoundError where no checkpoint of it is here, UnavailableError where too many ask or no
        answer came.
        """
        request = {
            "run": str(self._settings.run_dir(run_id).resolve()),
            "datasets": str(self._settings.datasets_dir.resolve()),
            "at": at,
            "seen": seen,
            "pictures": [(name, len(content)) for name, content in pictures],
        }
        with self._place(), self._turn:
            told = self._answer(json.dumps(request).encode() + b"\n" + b"".join(it for _, it in pictures))
        if "error" in told:
            raise NotFoundError(f"Run {run_id} cannot be asked: {told['error']}", told["hint"])
        items = [picture_view(answer, told["classes"]) for answer in told["answers"]]
        about = {name: told[name] for name in ("epoch", "classes", "image_size")}
        return PicturesView.model_validate({"run_id": run_id, "at": at, "items": items, **about})

    def close(self) -> None:
        """End it, once it has answered."""
        with self._turn:
            self._end()

    @contextmanager
    def _place(self) -> Iterator[None]:
        """Among those who wait. Raises UnavailableError where these are too many."""
        with self._counting:
            if self._waiting >= MOST_WAITING:
                said = f"{MOST_WAITING} others wait for an answer about pictures."
                raise UnavailableError(said, "Send them again in a few seconds.", "busy", retry_after=5)
            self._waiting += 1
        try:
            yield
        finally:
            with self._counting:
                self._waiting -= 1

    def _answer(self, asked: bytes) -> dict[str, Any]:
        if self._idle is not None:
            self._idle.cancel()
        child = self._running()
        limit = Timer(ANSWER_SECONDS, child.kill)
        limit.start()
        try:
            line = _exchange(child, asked)
        finally:
            limit.cancel()
        if not line:
            self._end()
            said = "The process that looks at pictures ended without an answer."
            raise UnavailableError(said, "Send fewer or smaller pictures, or try again.", "no_answer", 5)
        self._idle = Timer(IDLE_SECONDS, self._end_idle, [child])
        self._idle.daemon = True
        self._idle.start()
        told: dict[str, Any] = json.loads(line)
        return told

    def _running(self) -> "subprocess.Popen[bytes]":
        if self._child is None or self._child.poll() is not None:
            self._end()
            command = [sys.executable, "-m", "trainer.prediction_child"]
            self._child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        return self._child

    def _end_idle(self, child: "subprocess.Popen[bytes]") -> None:
        with self._turn:
            if self._child is child:
                self._end()

    def _end(self) -> None:
        """End it at once."""
        if self._idle is not None:
            self._idle.cancel()
        child, self._child = self._child, None
        if child is None:
            return
        child.kill()  # it holds nothing that could be lost
        child.wait()
        for pipe in (child.stdin, child.stdout):
            with suppress(OSError):
                if pipe is not None:
                    pipe.close()


def _exchange(child: "subprocess.Popen[bytes]", asked: bytes) -> bytes:
    """Its answer; nothing where it ended before."""
    assert child.stdin is not None, "the pipes are asked for where it is started"
    assert child.stdout is not None
    try:
        child.stdin.write(asked)
        child.stdin.flush()
        return child.stdout.readline()
    except OSError:
        return b""
