"""/published: reference rows, users' own rows, and what is refused."""

import pytest
from starlette.testclient import TestClient

from app.published.fill import published_rows
from app.published.upload import EXAMPLE
from app.store import published as store
from app.store.engine import Database

URL = "/api/v1/published"
CSV = {"Content-Type": "text/csv"}
NASTY = "<img src=x onerror=alert(1)> {{ 7*7 }}"


def own(client: TestClient) -> list[dict[str, object]]:
    return [row for row in client.get(URL).json()["items"] if row["own"]]


def test_reference_rows_come_first_and_one_is_flagged(client: TestClient) -> None:
    rows = client.get(URL).json()["items"]
    assert [row["id"] for row in rows if row["inconsistent"]] == ["write-up-cb-focal-0.95"]
    assert rows[0]["id"] == "write-up-ce"
    assert rows[0]["accuracy"] == 0.3859
    assert rows[0]["classes"][0] == 0.918
    assert not any(row["own"] for row in rows)


def test_rows_are_added_as_a_body_or_as_a_file(client: TestClient) -> None:
    answer = client.post(URL, content=EXAMPLE.encode(), headers=CSV)
    assert answer.status_code == 201
    assert [row["label"] for row in answer.json()["items"]] == ["Cross-entropy", "Balanced softmax"]
    more = EXAMPLE.replace("Cross-entropy", NASTY)
    assert client.post(URL, files={"file": ("mine.csv", more.encode())}).status_code == 201
    assert [row["label"] for row in own(client)] == ["Cross-entropy", "Balanced softmax", NASTY]


def test_the_same_file_twice_is_there_once(client: TestClient) -> None:
    first = client.post(URL, content=EXAMPLE.encode(), headers=CSV).json()
    assert (
        client.post(URL, content=(EXAMPLE + EXAMPLE[EXAMPLE.index("\n") :]).encode(), headers=CSV).json()
        == first
    )
    assert len(own(client)) == 2


def test_a_row_that_contradicts_itself_is_kept_and_flagged(client: TestClient) -> None:
    text = "label,dataset,accuracy,unit,source,class:a,class:b\nX,cifar10,60,percent,Doe,20,40\n"
    [row] = client.post(URL, content=text.encode(), headers=CSV).json()["items"]
    assert row["inconsistent"].startswith("The mean of the 2 classes is 30.00, not the stated 60.00")
    assert row["accuracy"] == 0.6


def test_nothing_is_stored_where_one_line_is_wrong(client: TestClient) -> None:
    answer = client.post(URL, content=(EXAMPLE + "A,,x,ten,percent,,,,,,\n").encode(), headers=CSV)
    assert answer.status_code == 422
    paths = [field["path"] for field in answer.json()["error"]["fields"]]
    assert paths == ["line 4, source", "line 4, accuracy", "line 4, imbalance_ratio"]
    assert own(client) == []


@pytest.mark.parametrize("body", [b"", b"\xff\xfe", b"x" * 600_000])
def test_a_body_that_is_no_csv_is_refused(client: TestClient, body: bytes) -> None:
    assert client.post(URL, content=body, headers=CSV).status_code == 422


def test_a_form_without_a_file_is_refused(client: TestClient) -> None:
    other = client.post(URL, files={"other": ("a", b"a")})
    assert other.status_code == 422
    said = [{"path": "other", "message": "is not known here; known are file"}]
    assert other.json()["error"]["fields"] == said
    text = client.post(URL, files={"file": (None, "no file, but text")})
    assert text.status_code == 422
    assert text.json()["error"]["fields"][0]["path"] == "file"


def test_only_own_rows_can_be_deleted(client: TestClient) -> None:
    items = client.post(URL, content=EXAMPLE.encode(), headers=CSV).json()["items"]
    assert client.delete(f"{URL}/{items[0]['id']}").status_code == 204
    assert [row["id"] for row in own(client)] == [items[1]["id"]]
    assert client.delete(f"{URL}/{items[0]['id']}").status_code == 404
    assert client.delete(f"{URL}/write-up-ce").status_code == 409
    for strange in ("own-x", "own-", "own-99999999999999999999", "own-²", "nothing"):
        assert client.delete(f"{URL}/{strange}").status_code == 404


def test_a_board_holds_a_limited_number(
    client: TestClient, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "MOST_ROWS", 2)
    assert client.post(URL, content=EXAMPLE.encode(), headers=CSV).status_code == 201
    more = EXAMPLE.replace("Cross-entropy", "Another")
    assert client.post(URL, content=more.encode(), headers=CSV).status_code == 409
    assert len(own(client)) == 2


def test_rows_are_fetched_in_the_order_asked_for(client: TestClient, db: Database) -> None:
    client.post(URL, content=EXAMPLE.encode(), headers=CSV)
    with db.read() as session:
        rows = published_rows(session, ["own-2", "write-up-ce", "own-2"])
    assert [row.id for row in rows] == ["own-2", "write-up-ce"]
