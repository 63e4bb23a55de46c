"""Keeps errands going: a process for each step that is due, again after a restart, and the end of stale ones.

A thread of the web process. Of several web processes at one data folder, the lock of an errand's folder
decides whose child works on it.
"""

import logging
import subprocess
import sys
from threading import Event

from app.errands.errand import Failure, Told
from app.errands.place import ErrandPlace, errands, is_stale
from app.runs.trouble import Trouble
from app.settings import Settings

LOOK_SECONDS = 0.5
MOST_AT_ONCE = 2
MOST_TRIES = 3
"""Processes that vanish over one step before it is given up."""
GRACE_SECONDS = 5.0
_log = logging.getLogger(__name__)


class Keeper:
    """The children of one web process."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._children: dict[str, subprocess.Popen[bytes]] = {}
        self._vanished: dict[tuple[str, str], int] = {}
        self._trouble = Trouble("Work on data sets cannot go on")

    def run_until(self, stop: Event) -> None:
        """Look often; what fails is tried again. At the end, no child is left."""
        self._trouble.repeat(self.look, LOOK_SECONDS, stop)
        for name in list(self._children):
            self._end(name)

    def look(self) -> None:
        """Take leave of children that have ended, begin what is due, remove what is stale."""
        found = {place.id: place for place in errands(self._settings)}
        for name, child in list(self._children.items()):
            if name not in found:
                self._end(name)  # it was canceled
            elif child.poll() is not None:
                del self._children[name]
                self._see_off(found[name], child.returncode)
        for place in found.values():
            if is_stale(place):
                place.remove()
            elif len(self._children) < MOST_AT_ONCE and self._is_due(place):
                self._begin(place)

    def _is_due(self, place: ErrandPlace) -> bool:
        """Whether there is work that no process is at."""
        errand = place.errand()
        if errand is None or errand.step == "receive" or place.id in self._children:
            return False
        if place.told(errand.step).is_over:
            return False
        with place.held() as lock:
            return lock is not None

    def _begin(self, place: ErrandPlace) -> None:
        command = [sys.executable, "-m", "app.errands.child", str(place.folder.absolute())]
        with (place.folder / "log.txt").open("ab") as log:
            self._children[place.id] = subprocess.Popen(
                [*command, str(self._settings.datasets_dir.absolute())],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def _see_off(self, place: ErrandPlace, code: int) -> None:
        """Note a process that ended without a word; after so many the step has failed.

        One that ended well had its word, though meanwhile another step may have been asked for.
        """
        errand = place.errand()
        if code == 0 or errand is None or place.told(errand.step).is_over:
            return
        vanished = self._vanished[place.id, errand.step] = self._vanished.get((place.id, errand.step), 0) + 1
        _log.warning("The process of errand %s ended with code %s; its words are in log.txt", place.id, code)
        if vanished >= MOST_TRIES:
            said = f"The process that did it ended {vanished} times without a word (code {code})."
            hint = f"Memory may have run out; what it wrote is in {place.folder / 'log.txt'}."
            place.tell(Told(step=errand.step, is_over=True, failure=Failure(message=said, hint=hint)))

    def _end(self, name: str) -> None:
        child = self._children.pop(name)
        child.terminate()
        try:
            child.wait(GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
