"""Why a worker has its slots stands on the System page, on the worker's own, and in their JSON twins."""

from starlette.testclient import TestClient

from app.store import workers
from app.store.engine import Database
from app.store.workers import WorkerInfo

HTML = {"Accept": "text/html"}
SAID = "4 slots of 2 threads each, by --workers auto: the memory holds no more, at 1.5 GB for a slot; on"


def test_living_workers_say_once_each_why_they_have_their_slots(client: TestClient, db: Database) -> None:
    with db.write() as s:
        for name in ("one", "two"):
            workers.register(s, WorkerInfo(name, 1, "here", 4, 2, ("cpu",), split="memory"))
        workers.register(s, WorkerInfo("gone", 3, "there", 3, 1, ("cpu",), split="asked"))
        workers.register(s, WorkerInfo("earlier", 4, "there", 5, 1, ("cpu",)))
        workers.retire(s, "gone")
    answer = client.get("/api/v1/system").json()["workers"]
    assert {one["id"]: one["split"] for one in answer} == {
        "one": "memory", "two": "memory", "gone": "asked", "earlier": None,
    }  # fmt: skip
    page = client.get("/system", headers=HTML).text
    assert page.count(SAID) == 1
    assert "as --workers says" not in page
    assert "None" not in page
    assert SAID in client.get("/workers/one", headers=HTML).text
    assert client.get("/api/v1/workers/one").json()["split_in_words"].startswith(SAID)
    assert ">5 of 1 thread<" in client.get("/workers/earlier", headers=HTML).text
