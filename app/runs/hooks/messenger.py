"""Sends what webhooks are owed, and again until it arrives; beside the judge, in web processes and workers.

Whoever is first writes down what is owed and claims it; so several processes do no harm, and what one that
was killed was sending is sent by another. It may then arrive twice, under the same key.
"""

import logging
from collections.abc import Callable
from threading import Event

from app.hooks import Hook
from app.runs.hooks.owed import is_behind, note_what_is_owed
from app.runs.hooks.post import DeliveryError, post
from app.runs.hooks.shapes import body_of, headers_of
from app.runs.trouble import Trouble
from app.settings import Settings
from app.store import deliveries
from app.store.clock import ahead
from app.store.engine import Database
from app.store.tables import Delivery

LOOK_SECONDS = 2.0
MOST_IN_A_ROW = 20
FIRST_SECONDS = 10.0
GROWTH = 3.0
LONGEST_SECONDS = 3600.0
GIVEN_UP_SECONDS = 86_400.0
Post = Callable[..., None]

_log = logging.getLogger(__name__)


class Messenger:
    """One of the processes that tell webhooks."""

    def __init__(self, db: Database, settings: Settings, send: Post = post) -> None:
        self._db = db
        self._hooks = settings.hooks
        self._secret = settings.webhook_secret
        self._allowed = settings.webhook_networks
        self._public_url = settings.public_url
        self._send = send
        self._stop = Event()
        self._trouble = Trouble("Webhooks cannot be told")

    def run_until(self, stop: Event) -> None:
        """Look until `stop` is set, whatever happens; at once over where there is no webhook."""
        self._stop = stop
        if self._hooks:
            self._trouble.repeat(self.look, LOOK_SECONDS, stop)

    def look(self) -> int:
        """Write down what is owed and send what is due; returns how many arrived."""
        with self._db.read() as s:
            behind = is_behind(s, self._hooks)
        if behind:
            with self._db.write() as s:
                for hook in self._hooks:
                    note_what_is_owed(s, hook, self._public_url)
        return sum(map(self._tell, self._hooks))

    def _tell(self, hook: Hook) -> int:
        """Until one does not arrive: then it has a rest."""
        for sent in range(MOST_IN_A_ROW):
            if self._stop.is_set() or not self._tell_next(hook):
                return sent
        return MOST_IN_A_ROW

    def _tell_next(self, hook: Hook) -> bool:
        """Whether something was due and has arrived."""
        with self._db.read() as s:
            if not deliveries.is_due(s, hook.id):
                return False
        with self._db.write() as s:
            claimed = deliveries.claim(s, hook.id)
        if claimed is None:
            return False
        try:
            body = body_of(hook.shape, claimed.payload)
            self._send(hook, body, headers_of(body, claimed.key, self._secret), self._allowed)
        except DeliveryError as error:
            self._failed(hook, claimed, error)
            return False
        with self._db.write() as s:
            deliveries.arrived(s, claimed.id)
        return True

    def _failed(self, hook: Hook, claimed: Delivery, error: DeliveryError) -> None:
        _log.warning("The webhook at %s was not told of %s: %s", hook.host, claimed.key, error)
        with self._db.write() as s:
            if claimed.created_at < ahead(-GIVEN_UP_SECONDS):
                deliveries.give_up(s, claimed.id, str(error))
            else:
                deliveries.put_off(s, claimed, str(error), max(pause(claimed.attempts), error.retry_after))


def pause(attempts: int) -> float:
    """Seconds after so many attempts: 10, 30, 90, ... at most an hour."""
    return min(FIRST_SECONDS * GROWTH ** (min(attempts, 20) - 1), LONGEST_SECONDS)
