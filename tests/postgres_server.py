"""A PostgreSQL server of the tests' own, from the system's packages: one for all processes of a test run.

The first process that needs it makes it, in a folder of its own below the system's for temporary files, and
the last one that leaves ends it; who is there stands in files, looked at under a lock, and a guard ends it
where all of them were killed. As PostgreSQL refuses
to be started by root, it runs as the user `postgres` there. Nothing waits for the disk: what a killed server
has committed is still in the system's memory.
"""

import fcntl
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, NullPool, create_engine, text

TEMPLATE = "board"
_OPTIONS = {
    "listen_addresses": "",
    "max_connections": 300,
    "shared_buffers": "64MB",
    "fsync": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": 0,
    "autovacuum": "off",
    "lc_messages": "C",
}
_GUARD = """
while sleep 2 && [ -d "$1/users" ]; do
  lives=; for user in "$1"/users/*; do kill -0 "${user##*/}" && lives=yes; done
  [ "$lives" ] || { kill -QUIT "$(head -n 1 "$1/data/postmaster.pid")"; sleep 2; rm -rf "$1"; }
done
"""


def programs() -> Path | None:
    """The folder of PostgreSQL's programs, None where it is not installed; Debian keeps them off the path."""
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda at: int(at.parts[-3]))
    found = shutil.which("postgres") or (installed[-1] if installed else None)
    return Path(found).resolve().parent if found else None


class Server:
    """A server on a socket in its folder; databases are named within it."""

    def __init__(self, folder: Path) -> None:
        """The folder is empty, or that of a server which `make` has made."""
        self.folder = folder
        found = programs()
        assert found is not None, "PostgreSQL is not installed"
        self._programs = found

    def url(self, database: str = "postgres") -> str:
        """Address of one of its databases."""
        user = "postgres" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
        made = URL.create("postgresql+psycopg", user, database=database, query={"host": str(self.folder)})
        return made.render_as_string()

    def make(self, **options: Any) -> None:
        """Make and start it."""
        if os.geteuid() == 0:
            shutil.chown(self.folder, "postgres", "postgres")
        self._run("initdb", "--no-sync", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8")
        with (self.folder / "data" / "postgresql.conf").open("a") as file:
            for name, value in ({**_OPTIONS, "unix_socket_directories": self.folder} | options).items():
                file.write(f"{name} = '{value}'\n")
        self.start()
        (self.folder / "users").mkdir()
        self.join()
        self._guard()

    def start(self) -> None:
        """Start it again; returns once it can be asked."""
        self._run("pg_ctl", "-w", "-l", str(self.folder / "log"), "start")

    def stop(self, mode: str = "immediate") -> None:
        """End it as pg_ctl's mode says; `immediate` is as if it had crashed."""
        self._run("pg_ctl", "-w", "-m", mode, "stop")

    def join(self) -> None:
        """This process needs it: the guard leaves it alone until it has left or is gone."""
        self._me().touch()

    def leave(self) -> None:
        """This process needs it no longer; whoever was the last has it removed, and does not leave before."""
        if list((self.folder / "users").iterdir()) == [self._me()]:
            self.remove()
        else:
            self._me().unlink()

    def _me(self) -> Path:
        return self.folder / "users" / str(os.getpid())

    def remove(self) -> None:
        """End it where it runs, and leave nothing of it."""
        if (self.folder / "data" / "postmaster.pid").exists():
            self.stop()
        shutil.rmtree(self.folder)

    def execute(self, statement: str, database: str = "postgres") -> list[Any]:
        """Have it do something outside of a transaction, over a connection of its own."""
        engine = create_engine(self.url(database), poolclass=NullPool, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            result = connection.execute(text(statement))
            return list(result) if result.returns_rows else []

    @contextmanager
    def clone(self) -> Iterator[str]:
        """The address of a new database like the template, which is gone afterwards."""
        name = f"test_{os.getpid()}"
        self.execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE} STRATEGY file_copy")
        yield self.url(name)
        self.execute(f"DROP DATABASE {name} WITH (FORCE)")

    def _guard(self) -> None:
        """Have it removed once all that needed it were killed, which could not do that themselves."""
        subprocess.Popen(
            ["sh", "-c", _GUARD, "guard", str(self.folder)],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            start_new_session=True,
        )  # fmt: skip

    def _run(self, program: str, *arguments: str) -> None:
        identity: dict[str, Any] = {}
        if os.geteuid() == 0:
            identity = {"user": "postgres", "group": "postgres", "extra_groups": ()}
        done = subprocess.run(
            [str(self._programs / program), "-D", str(self.folder / "data"), *arguments],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True,
            cwd=self.folder, check=False, **identity,
        )  # fmt: skip
        assert done.returncode == 0, f"{program}: {done.stderr}"


@contextmanager
def own_server(**options: Any) -> Iterator[Server]:
    """A server for one test alone, which may stop it."""
    server = Server(Path(tempfile.mkdtemp(prefix="betaboard-postgres-")))
    try:
        server.make(**options)
        yield server
    finally:
        server.remove()


@contextmanager
def shared_server(meeting: Path) -> Iterator[Server]:
    """The server of all who name the same folder to meet in, with a template of a migrated board."""
    meeting.mkdir(exist_ok=True)
    place = meeting / "server"
    with _alone(meeting), ExitStack() as made:
        if not place.exists():
            new = Server(Path(tempfile.mkdtemp(prefix="betaboard-postgres-")))
            made.callback(new.remove)
            new.make()
            make_template(new)
            place.write_text(str(new.folder))
            made.pop_all()
        server = Server(Path(place.read_text()))
        server.join()
    try:
        yield server
    finally:
        with _alone(meeting):
            server.leave()
            if not server.folder.exists():
                place.unlink()


def make_template(server: Server) -> None:
    """The database that `clone` copies: an empty board."""
    from app.store.engine import migrate

    server.execute(f"CREATE DATABASE {TEMPLATE}")
    migrate(server.url(TEMPLATE))


@contextmanager
def _alone(users: Path) -> Iterator[None]:
    with (users / "lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
