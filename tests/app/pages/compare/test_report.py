"""The HTML report is complete in itself, and nothing in it can leave its place."""

import json
import re

from app.pages.compare.report import page
from tests.app.comparing.report.subjects import hostile, subject


def test_nothing_is_loaded_from_anywhere() -> None:
    text = page(subject())
    own = text.replace(re.findall(r"<script>(.*?)</script>", text, flags=re.DOTALL)[0], "")
    assert re.findall(r'(?:src|href)="([^"]*)"', own) == []
    assert len(re.findall(r"<script", text)) == 3
    assert "default-src 'none'" in text


def test_names_cannot_leave_their_place() -> None:
    text = page(hostile())
    assert text.count("<script") == text.count("</script>") == 3
    assert "<img" not in text
    assert "&lt;/script&gt;" in text
    [plots] = re.findall(r'<script type="application/json" id="plots">(.*?)</script>', text, flags=re.DOTALL)
    assert "<" not in plots
    assert list(json.loads(plots)) == ["compare-recall-count"]


def test_figures_that_are_not_finite_are_null() -> None:
    made = subject()
    made.plots[0].drawn.figure["data"][0]["y"][0] = float("nan")
    [plots] = re.findall(r'id="plots">(.*?)</script>', page(made), flags=re.DOTALL)
    assert json.loads(plots)["compare-recall-count"]["data"][0]["y"][0] is None
