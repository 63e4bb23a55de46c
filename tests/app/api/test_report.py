"""Reports through the web: the comparison of the page as a file, and as a zip with the plots sent."""

import io
import json
import re
import zipfile

import pytest
from starlette.testclient import TestClient

from tests.app.comparing.report.test_svg import PLOT
from tests.conftest import SeedRun

pytestmark = pytest.mark.slow

BUNDLE = "/api/v1/compare/bundle"
NASTY = "</script><script>alert(1)</script>"


@pytest.fixture
def asked(seed_run: SeedRun) -> str:
    """Query of a comparison of two settings, two seeds each, with hostile names."""
    balanced = {"loss": {"name": "focal", "weighting": "class_balanced", "beta": 0.997}}
    names = (NASTY, "dog", "fox")
    runs = [
        seed_run(name=NASTY, config={**loss, "seed": seed}, class_names=names)
        for loss in ({}, balanced)
        for seed in (0, 1)
    ]
    return f"runs={','.join(map(str, runs))}"


def test_report_is_a_file_with_the_comparison_of_its_query(client: TestClient, asked: str) -> None:
    answer = client.get(f"/compare/report.html?{asked}")
    assert answer.headers["content-disposition"] == 'attachment; filename="betaboard-report.html"'
    assert "Comparison of 2 settings in 4 runs" in answer.text
    assert f"/compare?{asked}" in answer.text
    for run in client.get("/api/v1/runs").json()["items"]:
        assert run["config_hash"][:16] in answer.text
    assert answer.text.count("<script") == 3
    [plots] = re.findall(r'id="plots">(.*?)</script>', answer.text, flags=re.DOTALL)
    assert {"compare-heat", "compare-curves", "compare-tradeoff"} <= set(json.loads(plots))


def test_bundle_holds_report_tables_and_the_plots_sent(client: TestClient, asked: str) -> None:
    sent = {"compare-heat": ("x.svg", PLOT.encode(), "image/svg+xml")}
    answer = client.post(f"{BUNDLE}?{asked}", files=sent)
    assert answer.status_code == 200
    archive = zipfile.ZipFile(io.BytesIO(answer.content))
    names = {name.removeprefix("report/") for name in archive.namelist()}
    assert {
        "report.md",
        "plots/compare-heat.svg",
        "data/compare-heat.csv",
        "data/compare-curves.csv",
        "runs.json",
        "configs/setting-2.json",
        "table.csv",
        "table.tex",
        "comparison.json",
    } <= names
    text = archive.read("report/report.md").decode()
    assert "(plots/compare-heat.svg)" in text
    assert text.count("![") == 1
    assert "<script" not in text.replace("\\<script", "")
    runs = json.loads(archive.read("report/runs.json"))
    assert [run["fingerprint"] for run in runs] == ["f" * 64] * 4
    told = json.loads(archive.read("report/comparison.json"))
    assert told == client.get(f"/api/v1/compare?{asked}").json()


def test_bundle_without_plots_is_whole(client: TestClient, asked: str) -> None:
    answer = client.post(f"{BUNDLE}?{asked}")
    assert answer.status_code == 200
    assert "report/report.md" in zipfile.ZipFile(io.BytesIO(answer.content)).namelist()


@pytest.mark.parametrize(
    ("name", "content"),
    [("compare-heat", b"<svg><script/></svg>"), ("../../evil", PLOT.encode()), ("accuracy", PLOT.encode())],
)
def test_a_part_that_is_no_plot_is_refused(client: TestClient, asked: str, name: str, content: bytes) -> None:
    answer = client.post(f"{BUNDLE}?{asked}", files={name: ("x.svg", content)})
    assert answer.status_code == 422
    assert answer.json()["error"]["fields"][0]["path"] == name


def test_published_rows_and_baseline_are_those_of_the_query(client: TestClient, asked: str) -> None:
    answer = client.get(f"/compare/report.html?{asked}&published=write-up-ce&baseline=")
    assert "Cross-entropy" in answer.text
    assert "course write-up" in answer.text
    assert "Differences are to" not in answer.text


def test_a_report_on_nothing_says_so(client: TestClient, seed_run: SeedRun) -> None:
    for query in ("", "?runs=77", "?runs=x", "?sweep=9"):
        assert client.get(f"/compare/report.html{query}").status_code in (404, 422)
        assert client.post(f"{BUNDLE}{query}").status_code in (404, 422)
    for state in ("queued", "failed"):
        run = seed_run(state, epochs=0)
        assert client.get(f"/compare/report.html?runs={run}").status_code == 200
