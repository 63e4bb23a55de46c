"""A message to a webhook for somebody who wants to see it arrive."""

import secrets

from sqlalchemy.orm import Session

from app.errors import NotFoundError
from app.runs.hooks.payload import of_test
from app.settings import Settings
from app.store import deliveries


def owe_test(s: Session, settings: Settings, hook_id: str) -> None:
    """Sent with what is owed besides, in its turn. Raises NotFoundError."""
    if hook_id not in {hook.id for hook in settings.hooks}:
        raise NotFoundError("There is no such webhook.", "Those that there are stand in the settings.")
    key = f"test-{secrets.token_hex(8)}"
    deliveries.owe(s, hook_id, [(key, of_test(settings.public_url) | {"id": key})])
