"""Fine-tuned transfers and sources side by side are shown: in the matrix, its table, and the report."""

import csv
from typing import Any

import pytest
from starlette.testclient import TestClient

from app.comparing.table.markdown import escape
from app.formats import percent
from app.task_transfers.readings import best_first, sets_of, share_text, singles
from app.task_transfers.report import report
from tests.app.pages.seen import HTML, context
from tests.app.pages.task_transfers.opened import PAGE, seen
from tests.app.task_transfers import made
from trainer.transfer.tasks import CONTROLS

pytestmark = pytest.mark.slow
FIGURE = "/api/v1/task-transfers/1/figures/matrix"


def test_the_matrix_shows_fine_tuned_transfers_where_a_job_has_them(client: TestClient, shows: Any) -> None:
    view = made.fine_tuned(made.view())
    shows(view)
    assert '<option value="frozen" selected>frozen</option>' in seen(client, PAGE)
    page = client.get(f"{PAGE}?show=gain&images=100&way=finetune", headers=HTML)
    assert '<option value="finetune" selected>fine-tuned, by 1,000 images</option>' in page.text
    assert context(page)["matrix"].title == "Gain over scratch, fine-tuned, 1,000 images"
    assert context(page)["chosen"].images == 100  # of the readouts below
    assert f'data-figure="{FIGURE}?show=gain&amp;images=1000&amp;way=finetune"' in page.text
    drawn = client.get(f"{FIGURE}?show=gain&images=1000&way=finetune").json()
    tuned = singles(view, 1000, "finetune")
    for down, source in enumerate(name for name in view.order_of_sources if name not in CONTROLS):
        for across, target in enumerate(view.order_of_targets):
            share = tuned[source, target].gain.mean or 0
            assert drawn["data"][0]["z"][down][across] == pytest.approx(100 * share)
    assert "fine-tuned" in drawn["data"][0]["customdata"][0][0]
    table = client.get(f"{FIGURE}/table.csv?show=gain&way=finetune")
    assert "gain-1000-finetune" in table.headers["content-disposition"]
    rows = [row[0] for row in csv.reader(table.text.splitlines())]
    assert rows[1:] == [*(name for name in view.order_of_sources if name not in CONTROLS), "from scratch"]


def test_a_job_that_fine_tunes_nothing_offers_and_draws_none(client: TestClient, shows: Any) -> None:
    shows(made.view())
    assert 'name="way"' not in seen(client, PAGE)
    for path in (PAGE, FIGURE, f"{FIGURE}/table.csv"):
        refused = client.get(f"{path}?way=finetune")
        assert refused.status_code == 422, path
        assert "way must be frozen" in refused.text


def test_sources_side_by_side_stand_below_the_best_single_one(client: TestClient, shows: Any) -> None:
    view = made.view()
    shows(view)
    page = seen(client, PAGE)
    below = page[page.index("<summary>Sources side by side") :].partition("</details>")[0]
    assert below.count("<tbody>") == sum(bool(sets_of(view, target)) for target in view.order_of_targets) > 0
    best, several = best_first(view, "shape", 1000)[0], sets_of(view, "shape")[0]
    for one in (best, several):
        cells = (" + ".join(one.sources), share_text(one.gain), share_text(one.quality))
        assert f'<td>{cells[0]}</td><td class="number">{cells[1]}</td><td class="number">{cells[2]}' in below
    shows(
        view.model_copy(update={"transfers": tuple(one for one in view.transfers if len(one.sources) == 1)})
    )
    assert "<summary>Sources side by side" not in seen(client, PAGE)


def test_sets_are_by_gain_without_the_target_itself() -> None:
    view = made.view()
    several = next(one for one in view.transfers if len(one.sources) > 1 and one.target == "shape")
    gains = {("edges", "hue"): 0.6, ("edges", "ramp"): 0.7, ("hue", "ramp"): 0.5, ("shape", "hue"): 0.9}
    sets = tuple(
        several.model_copy(update={"sources": names, "gain": made.share(gain)})
        for names, gain in gains.items()
    )
    found = sets_of(view.model_copy(update={"transfers": sets}), "shape")
    assert [one.sources for one in found] == [("edges", "ramp"), ("edges", "hue"), ("hue", "ramp")]


def test_the_report_has_both() -> None:
    view = made.fine_tuned(made.view())
    text = report(view, (), "")
    assert "trained on as a whole (fine-tuned) on 1,000 images" in escape(text)
    tuned = text.split("Gain in %: share")[2]
    rows = [line for line in tuned.split("\n\n")[1].splitlines() if line.startswith("|")][2:]
    wanted = singles(view, 1000, "finetune")
    sources = [name for name in view.order_of_sources if name not in CONTROLS]
    for source, row in zip(sources, rows, strict=True):
        for target, cell in zip(view.order_of_targets, row.strip("| ").split(" | ")[1:], strict=True):
            assert cell.strip() == percent(wanted[source, target].gain.mean)
    assert (
        share_text(sets_of(view, "shape")[0].quality) in text[text.index("Sources side by side, by 1,000") :]
    )
    plain = made.view()
    without = report(plain.model_copy(update={"transfers": tuple(singles(plain, 1000).values())}), (), "")
    assert "fine-tuned" not in without
    assert "Sources side by side" not in without
