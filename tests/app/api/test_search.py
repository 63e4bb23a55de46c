"""?q= of the list: the language reaches every door alike, and what cannot be read is refused at its place."""

from collections.abc import Callable

import pytest
from starlette.testclient import TestClient

RUNS, COMPLETIONS = "/api/v1/runs", "/api/v1/search/completions"
HTML = {"accept": "text/html"}
SeedRun = Callable[..., int]


@pytest.mark.slow
def test_finds_what_was_measured_and_set(client: TestClient, seed_run: SeedRun) -> None:
    balanced = {"name": "focal", "weighting": "class_balanced"}
    low = seed_run(config={"loss": balanced | {"beta": 0.9}}, figures={3: {"test_accuracy": 0.4}})
    high = seed_run(config={"loss": balanced | {"beta": 0.999}}, figures={3: {"test_accuracy": 0.7}})
    plain = seed_run(name="beta of none", figures={2: {"test_accuracy": 0.9}, 3: {"test_accuracy": 0.65}})
    weak, loss = {3: {"test_accuracy": 0.1}}, balanced | {"beta": 0.99}
    failed = seed_run("failed", config={"loss": loss}, tags=["paper"], figures=weak)

    def found(q: str, **more: str) -> list[int]:
        answer = client.get(RUNS, params={"q": q, **more}).json()
        assert answer["total"] == len(answer["items"])
        return [run["id"] for run in answer["items"]]

    assert found("beta >= 0.99") == [failed, high]
    assert found("accuracy > 60") == [plain, high]
    assert found("accuracy > 60", sort="test_accuracy") == [plain, high]
    assert found("CB-Focal and not state = failed") == [high, low]
    assert found("beta 0.999") == [high]
    assert found("tag:paper", state="completed") == []
    assert found("beta = none or tag = paper") == [failed, plain]
    assert found("error != none") == [failed]
    client.post(f"{RUNS}/{low}/archive")
    assert found("beta = 0.9") == []
    assert found("beta = 0.9 and archived = true") == [low]
    client.delete(f"{RUNS}/{high}")
    assert found("beta >= 0.99") == [failed]


def test_pages_of_a_search_go_on(client: TestClient) -> None:
    made = [client.post(RUNS, json={"config": {"seed": seed}}).json()["id"] for seed in range(5)]
    first = client.get(RUNS, params={"q": "seed < 4", "limit": 3}).json()
    rest = client.get(RUNS, params={"q": "seed < 4", "limit": 3, "cursor": first["next_cursor"]}).json()
    assert [run["id"] for run in (*first["items"], *rest["items"])] == made[3::-1]
    assert (first["total"], rest["total"], rest["next_cursor"]) == (4, 4, None)


def test_a_mistake_is_refused_at_its_place(client: TestClient) -> None:
    q = "state = failed and accuracy > 0.6"
    answer = client.get(RUNS, params={"q": q})
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (422, "search")
    assert q[error["position"] :][: error["length"]] == "0.6"
    assert error["readings"] == [q.replace("0.6", "60"), q.replace("0.6", "0.6%")]
    assert [field["path"] for field in error["fields"]] == ["q"]


def test_too_long_a_search_is_refused(client: TestClient) -> None:
    assert client.get(RUNS, params={"q": "a" * 1001}).status_code == 422
    assert client.get(COMPLETIONS, params={"q": "a" * 1001}).status_code == 422


def test_completions(client: TestClient) -> None:
    client.post(RUNS, json={"config": {"seed": 31}})
    found = client.get(COMPLETIONS, params={"q": "seed = 3 and x", "at": 8}).json()
    assert (found["start"], found["end"]) == (7, 8)
    assert found["items"] == [{"text": "31 ", "about": "seed", "kind": "value"}]
    assert client.get(COMPLETIONS, params={"q": "seed", "at": 999}).json()["end"] == 4


def test_the_page_tells_of_a_mistake_and_keeps_its_list(client: TestClient) -> None:
    client.post(RUNS, json={"config": {}, "name": "kept in sight"})
    answer = client.get("/runs", params={"q": 'accuracy > 0.6 and "<b>"', "sort": "name"}, headers=HTML)
    assert answer.status_code == 422
    assert "kept in sight" in answer.text
    assert "The list below does not follow it." in answer.text
    assert "accuracy &gt; <mark>0.6</mark> and &#34;&lt;b&gt;&#34;" in answer.text
    assert 'value="accuracy &gt; 0.6 and &#34;&lt;b&gt;&#34;"' in answer.text
    assert "/runs?q=accuracy+%3E+60+and+%22%3Cb%3E%22&amp;sort=name" in answer.text


def test_the_page_holds_its_search(client: TestClient) -> None:
    client.post(RUNS, json={"config": {"seed": 4}, "name": "the fourth"})
    page = client.get("/runs", params={"q": "seed = 4"}, headers=HTML).text
    assert "the fourth" in page
    assert 'value="seed = 4"' in page
    assert "1 found" in page
    assert "the fourth" not in client.get("/runs", params={"q": "seed != 4"}, headers=HTML).text


@pytest.mark.slow
def test_a_search_is_compared(client: TestClient, seed_run: SeedRun) -> None:
    for seed in (0, 1):
        seed_run(config={"seed": seed}, tags=["paper"])
        seed_run(config={"seed": seed, "loss": {"name": "focal"}}, tags=["paper"])
    seed_run(config={"seed": 2})
    found = client.get("/api/v1/compare", params={"q": "tag:paper"}).json()
    assert sorted(run for row in found["rows"] for run in row["run_ids"]) == [1, 2, 3, 4]
    page = client.get("/compare", params={"q": "tag:paper", "epoch": "best"}, headers=HTML)
    assert 'href="/runs?q=tag%3Apaper"' in page.text
    assert 'name="q" value="tag:paper"' in page.text
    beside = client.get("/api/v1/compare", params={"q": "seed = 2", "runs": "1"}).json()
    assert [row["run_ids"] for row in beside["rows"]] == [[1, 5]]
    table = client.get("/api/v1/compare", params={"q": "tag:paper", "format": "csv"})
    assert 'filename="compare-1-2-3-4.csv"' in table.headers["content-disposition"]
    assert client.get("/api/v1/compare", params={"q": "tag:none-such"}).status_code == 404
    wrong = client.get("/api/v1/compare", params={"q": "bta = 1"}).json()["error"]
    assert (wrong["code"], wrong["position"]) == ("search", 0)
