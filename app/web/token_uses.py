"""When tokens were used, written down beside the requests, which never wait for it."""

import logging
import time
from threading import Lock, Thread

from sqlalchemy.exc import SQLAlchemyError

from app.store.engine import Database
from app.store.tokens import USED_SECONDS, note_use


class TokenUses:
    """Collects uses; a thread, while there are some, writes them. Any thread may ask."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._noted: dict[int, float] = {}
        self._waiting: set[int] = set()
        self._writer: Thread | None = None
        self._lock = Lock()

    def note(self, token_id: int) -> None:
        """It was used now; nothing happens where that was said of it less than USED_SECONDS ago."""
        with self._lock:
            moment = time.monotonic()
            if moment - self._noted.get(token_id, -USED_SECONDS) < USED_SECONDS:
                return
            self._noted[token_id] = moment
            self._waiting.add(token_id)
            if self._writer is None:
                self._writer = Thread(target=self._write, name="uses of tokens", daemon=True)
                self._writer.start()

    def close(self) -> None:
        """Wait for what is being written."""
        with self._lock:
            writer = self._writer
        if writer is not None:
            writer.join()

    def _write(self) -> None:
        while ids := self._taken():
            try:
                with self._database.write() as session:
                    note_use(session, ids)
            except SQLAlchemyError as error:
                logging.getLogger(__name__).debug("The use of tokens was not written: %s", error)

    def _taken(self) -> set[int]:
        """What waits; where nothing does, the thread ends, and the next use begins another."""
        with self._lock:
            ids, self._waiting = self._waiting, set()
            if not ids:
                self._writer = None
            return ids
