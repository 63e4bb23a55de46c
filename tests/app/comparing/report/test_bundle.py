"""The zip holds the report and what it names, under names of ours only."""

import csv
import io
import json
import re
import zipfile

from app.comparing.report.bundle import bundle
from app.comparing.report.tables import class_table, delta_table, figures_table
from tests.app.comparing.report.subjects import HOSTILE, hostile, subject


def opened(data: bytes) -> zipfile.ZipFile:
    archive = zipfile.ZipFile(io.BytesIO(data))
    assert archive.testzip() is None
    return archive


def test_what_went_in_comes_out() -> None:
    made = subject()
    archive = opened(bundle(made, {"compare-recall-count": b"<svg/>"}, {"table.tex": "t"}))
    names = set(archive.namelist())
    assert names == {
        "report/report.md",
        "report/table.tex",
        "report/plots/compare-recall-count.svg",
        "report/data/compare-recall-count.csv",
        "report/runs.json",
        *(f"report/configs/setting-{n}.json" for n in range(1, 8)),
    }
    assert archive.read("report/plots/compare-recall-count.svg") == b"<svg/>"
    config = json.loads(archive.read("report/configs/setting-1.json"))
    assert config == made.comparison.rows[0].config
    rows = list(csv.reader(io.StringIO(archive.read("report/data/compare-recall-count.csv").decode())))
    assert len(rows) == 1 + 4


def test_every_file_that_the_report_names_is_there() -> None:
    archive = opened(bundle(hostile(), {"compare-recall-count": b"<svg/>"}, {}))
    text = archive.read("report/report.md").decode()
    named = re.findall(r"(?<!\\)\]\(((?:plots|data)/[^)]+)\)", text)
    assert len(named) == 2
    assert {f"report/{name}" for name in named} <= set(archive.namelist())
    assert all(re.fullmatch(r"report/[a-z0-9/.-]+", name) for name in archive.namelist())


def test_the_same_report_is_the_same_zip() -> None:
    assert bundle(subject(), {}, {}) == bundle(subject(), {}, {})


def test_tables_say_mean_sd_and_interval_in_percent() -> None:
    view = subject().comparison
    figures = figures_table(view)
    assert figures.head[:3] == ("Setting", "n", "Accuracy, %")
    assert [cell.text for cell in figures.rows[0][:3]] == ["CE", "3", "40.0 ± 1.0"]
    assert [row[2].mark for row in figures.rows] == ["", "", "", "", "", "tie", "best"]
    assert {at for at, row in enumerate(class_table(view).rows) if any(cell.mark for cell in row)} == {5, 6}
    by_mean = figures_table(view, "mean").rows
    assert [row[2].mark for row in by_mean] == [""] * 6 + ["best"]
    largest = max(view.classes, key=lambda cls: cls.train_count)
    assert class_table(view).head[2] == f"{largest.name} ({largest.train_count:,}), %"
    deltas = delta_table(view)
    assert deltas.head[2:5] == ("Accuracy, %", "Verdict on accuracy", "Seeds needed")
    assert [cell.text for cell in deltas.rows[0][:5]] == ["CE", "3", "40.0 ± 1.0", "–", "–"]
    assert [cell.text for cell in deltas.rows[1][:5]] == [
        "Focal",
        "3",
        "+1.0 (−2.0 to +4.0)",
        "cannot tell",
        "4",
    ]
    assert deltas.rows[-1][3].text == "better"
    assert "to CE, in points, over independent seeds" in deltas.caption
    alone = view.model_copy(update={"pairing": "paired", "multiplicity": "none"})
    assert delta_table(alone).caption.endswith("paired by seed; intervals in brackets, each for itself")


def test_hostile_labels_stand_in_tables_as_they_are() -> None:
    assert [row[0].text for row in figures_table(hostile().comparison).rows] == list(HOSTILE)
