"""The seam between us and a database: what the module of SQLite promises, and that an address chooses."""

import threading
import time
from pathlib import Path

import pytest
from sqlalchemy import make_url, text
from sqlalchemy.exc import OperationalError

from app.errors import SetupError
from app.store import dialects
from app.store.dialects import dialect_of, sqlite
from app.store.dialects.base import EMPTY
from app.store.engine import Database, migrate
from trainer.system_errors import behind


def test_the_address_chooses(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert dialect_of(make_url("sqlite:///x.db")) is sqlite
    with pytest.raises(SetupError, match="is neither an SQLite file nor one of PostgreSQL"):
        Database("mysql://me:secret@host/db")
    file = make_url(f"sqlite:///{tmp_path / 'other.db'}")
    with monkeypatch.context() as patched:
        patched.setitem(dialects.DIALECTS, "other", sqlite)
        patched.setattr(sqlite, "engine", lambda url, *_, **options: pytest.fail(f"asked for {url}"))
        with pytest.raises(pytest.fail.Exception, match="asked for other://host/db"):
            Database("other://host/db")
    migrate(file.render_as_string())


def test_who_writes_is_alone_and_who_waits_comes_next(db: Database) -> None:
    order: list[object] = []
    held = threading.Event()

    def second() -> None:
        held.wait()
        with db.write() as session:
            order.append(session.scalar(text("SELECT count(*) FROM workers")))

    thread = threading.Thread(target=second)
    thread.start()
    with db.write() as session:
        session.execute(text("DELETE FROM workers"))
        held.set()
        time.sleep(0.05)
        order.append("first")
    thread.join()
    assert order == ["first", 0]


@pytest.mark.sqlite
def test_an_error_of_its_own_is_a_trouble_any_other_is_not(db: Database) -> None:
    with db.read() as session, pytest.raises(OperationalError) as caught:
        session.execute(text("SELECT * FROM nowhere"))
    assert [sqlite.trouble_in(one) for one in behind(caught.value)].count(EMPTY) == 1
    assert sqlite.trouble_in(ValueError("no such table")) is None
