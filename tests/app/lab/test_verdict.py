"""The verdict where an answer is typed, and a run that does not exist: the same on all calculators' pages."""

import re

import pytest
from fastapi.testclient import TestClient

from app.lab.conv_matrix.typed import WRITE_UP_ANSWER

HTML = {"accept": "text/html"}
WRITE_UP = {"answer_w": "3.5 4.5", "answer_b": "-0.5 -1.5", "points": "2"}


def verdict_line(client: TestClient, name: str, typed: dict[str, str]) -> str:
    page = client.get(f"/theory/{name}", params=typed, headers=HTML)
    assert page.status_code == 200
    found = re.search(r'<p[^>]* id="verdict-line"[^>]*>(.*?)</p>', page.text, re.DOTALL)
    assert found
    if found[1]:
        assert 'href="#your-answer"' in found[1]
        assert page.text.count('id="your-answer"') == 1
    return re.sub(r"<[^>]+>", "", found[1])


@pytest.mark.parametrize(
    ("name", "typed", "said"),
    [
        ("focal", {"p": "0.5, 0.9", "gammas": "0", "gamma": "0", "answer": "0.693, 0.105"}, r"✓ Right"),
        (
            "focal",
            {"p": "0.5, 0.9", "gammas": "0", "gamma": "0", "answer": "0.7, 0.105"},
            r"✗ 1 entry is wrong",
        ),
        ("class-balance", {"counts": "8000, 400", "beta": "1", "answer": "1, 1"}, r"✗ 2 entries are wrong"),
        ("conv-matrix", {"answer": WRITE_UP_ANSWER}, r"✗ [0-9]+ entries are wrong: .+"),
        ("relu-network", WRITE_UP, r"✗ .*: .+"),
        ("focal", {}, r""),
    ],
)
def test_the_verdict_stands_under_the_answer(
    client: TestClient, name: str, typed: dict[str, str], said: str
) -> None:
    assert re.fullmatch(f"{said}.*" if said else "", verdict_line(client, name, typed))


@pytest.mark.parametrize("name", ["layers", "class-balance"])
def test_an_unknown_run_is_named_at_its_field(client: TestClient, name: str) -> None:
    page = client.get(f"/theory/{name}?run=99999", headers=HTML)
    assert page.status_code == 422
    assert re.search(r'id="f-run-about"[^>]*><span class="problem">Run 99999 does not exist', page.text)
