"""What keeps a worker from starting runs stands on the System page and in its JSON twin."""

from starlette.testclient import TestClient

from app.store import workers
from app.store.engine import Database
from app.store.workers import WorkerInfo

INFO = WorkerInfo("w", 7, "here", slots=1, threads=1, devices=("cpu",))


def test_a_workers_trouble_is_shown_while_it_lasts(client: TestClient, db: Database) -> None:
    with db.write() as s:
        workers.register(s, INFO)
    for trouble in ("The disk is full. Free some space.", None):
        with db.write() as s:
            workers.beat(s, INFO, trouble)
        [worker] = client.get("/api/v1/system").json()["workers"]
        page = client.get("/system", headers={"Accept": "text/html"}).text
        assert worker["trouble"] == trouble
        assert ("starts no run now: The disk is full. Free some space." in page) == bool(trouble)
