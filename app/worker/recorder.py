"""Keeps what a worker's machine does, beside the worker's loop: a driver that hangs holds up no run."""

import logging
from threading import Event

from app.runs.trouble import Trouble
from app.store import machines
from app.store.clock import now
from app.store.engine import Database
from app.worker.gauges import Gauges

_EVERY = machines.COARSE_SECONDS // machines.FINE_SECONDS
_log = logging.getLogger(__name__)


class Recorder:
    """Reads the gauges once a step, and thins what was kept once a coarse one."""

    def __init__(self, db: Database, host: str) -> None:
        self._db = db
        self._host = host
        self._gauges: Gauges | None = None
        self._recorded = 0
        self._trouble = Trouble("What the machine does cannot be kept")

    def run_until(self, stop: Event) -> None:
        """Record until `stop` is set, whatever happens."""
        self._trouble.repeat(self._look, machines.FINE_SECONDS, stop)

    def _look(self) -> None:
        """The first look only sets the gauges going: what they read counts from then on."""
        if self._gauges is None:
            self._gauges = Gauges()
        else:
            self.record(self._gauges)

    def record(self, gauges: Gauges) -> None:
        """Keep one reading. Raises where the database cannot be used."""
        reading, moment = gauges.read(), now()
        with self._db.write() as s:
            machines.store(s, reading | {"host": self._host}, moment)
            if self._recorded % _EVERY == 0:
                machines.thin(s, self._host)
        self._recorded += 1
