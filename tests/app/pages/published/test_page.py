"""/published: tables, ticks, the form with its refusals, and the way to Compare."""

import pytest
from starlette.testclient import TestClient

from app.pages.published.page import ClassTable, RatioTable
from app.published.upload import EXAMPLE
from tests.app.pages.seen import HTML, context

NASTY = "<img src=x onerror=alert(1)> {{ 7*7 }}"


def test_page_is_its_json_twin(client: TestClient) -> None:
    page = client.get("/published", headers=HTML)
    assert context(page)["published"].model_dump(mode="json") == client.get("/api/v1/published").json()
    assert "Contradicts itself" in page.text


def test_tables_hold_every_row_once(client: TestClient) -> None:
    shown = context(client.get("/published", headers=HTML))
    write_up, ten, hundred = shown["tables"]
    assert isinstance(write_up, ClassTable)
    assert len(write_up.classes) == 10
    assert write_up.recipe.startswith("4 convolution blocks, 10 epochs")
    assert isinstance(ten, RatioTable)
    assert ten.ratios == hundred.ratios == (100, 50, 10)
    rows = [row.id for row in write_up.rows]
    rows += [row.id for table in (ten, hundred) for line in table.lines for row in line.cells if row]
    assert sorted(rows) == sorted(row.id for row in shown["published"].items)


def test_figures_of_the_best_test_epoch_are_marked(client: TestClient) -> None:
    page = client.get("/published", headers=HTML)
    _, ten, hundred = context(page)["tables"]
    marked = [line for table in (ten, hundred) for line in table.lines if line.best_test_epoch]
    assert {line.source.split(",")[0] for line in marked} == {
        "zhangyongshun/BagofTricks-LT",
        "dvlab-research/MiSLAS",
    }
    assert page.text.count('title="Its source counts') == len(marked)


def test_rows_added_by_the_form_are_shown_and_can_be_deleted(client: TestClient) -> None:
    answer = client.post(
        "/published",
        data={"text": EXAMPLE.replace("Cross-entropy", NASTY).replace("cat", "<b>cat</b>")},
        headers=HTML,
        follow_redirects=False,
    )
    assert (answer.status_code, answer.headers["location"]) == (303, "/published?added=2#own-1")
    page = client.get(answer.headers["location"], headers=HTML)
    assert "2 rows are there now" in page.text
    assert "&lt;img src=x" in page.text
    assert "<img" not in page.text
    assert "<b>cat" not in page.text
    own = context(page)["tables"][-1]
    assert (own.group, own.classes) == ("Added here: folder:pets", ("<b>cat</b>", "dog", "fox"))
    assert own.cells["own-2"] == (None, None, None)
    gone = client.post("/published/own-1/delete", headers=HTML, follow_redirects=False)
    assert gone.status_code == 303
    assert [row.id for row in context(client.get("/published", headers=HTML))["tables"][-1].rows] == ["own-2"]


def test_a_chosen_file_counts_more_than_the_text(client: TestClient) -> None:
    client.post("/published", data={"text": "rubbish"}, files={"file": ("a.csv", EXAMPLE.encode())})
    assert len(client.get("/api/v1/published").json()["items"]) == 159


def test_problems_stand_beside_their_lines_and_the_text_is_kept(client: TestClient) -> None:
    text = f"{EXAMPLE}{NASTY},,,x,bits,,,,,,\n"
    page = client.post("/published", data={"text": text}, headers=HTML)
    assert page.status_code == 422
    [(line, beside, problems)] = context(page)["refused"].lines
    assert (line, beside) == (4, f"{NASTY},,,x,bits,,,,,,")
    assert [problem.column for problem in problems] == ["source", "unit", "accuracy"]
    assert context(page)["refused"].text == text
    assert "Nothing was added" in page.text
    assert "<img" not in page.text
    assert len(context(page)["published"].items) == 157


@pytest.mark.parametrize("sent", [b"\xff\xfe", b"", b"a" * 500_001])
def test_files_that_cannot_be_read_are_refused_on_the_page(client: TestClient, sent: bytes) -> None:
    page = client.post("/published", files={"file": ("a.csv", sent)}, headers=HTML)
    assert page.status_code == 422
    assert "Nothing was added" in page.text


def test_ticked_rows_lead_to_compare_as_it_was(client: TestClient) -> None:
    asked = (
        "/published/use?published=write-up-ce&published=own-1&compare=runs%3D1%26published%3Da%26epoch%3Dbest"
    )
    answer = client.get(asked, follow_redirects=False)
    assert answer.headers["location"] == "/compare?runs=1&epoch=best&published=write-up-ce%2Cown-1"
    page = client.get("/published?compare=runs%3D1%26published%3Dwrite-up-ce", headers=HTML)
    assert 'value="write-up-ce" checked' in page.text
    assert 'name="compare" value="runs=1&amp;published=write-up-ce"' in page.text
