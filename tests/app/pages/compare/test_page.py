"""/compare in a test client: its state stands in the address, and every part of the page follows it."""

import re
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from starlette.testclient import TestClient

from app.comparing.query import CompareQuery
from tests.app.pages.seen import HTML, context, template
from tests.conftest import SeedRun
from trainer.config import parse_config

pytestmark = pytest.mark.slow

CB = {"name": "focal", "weighting": "class_balanced", "beta": 0.99}
LOSSES: tuple[dict[str, Any], ...] = ({"name": "cross_entropy"}, {"name": "focal"}, CB)


@pytest.fixture
def ids(seed_run: SeedRun) -> str:
    """Three settings of two seeds."""
    runs = [seed_run(config={"loss": loss, "seed": seed}) for loss in LOSSES for seed in (0, 1)]
    return ",".join(map(str, runs))


def test_every_part_is_there(client: TestClient, ids: str) -> None:
    page = client.get(f"/compare?runs={ids}", headers=HTML)
    assert page.status_code == 200
    named = set(re.findall(r'id="plot-([\w-]+)"', page.text))
    assert {
        "compare-settings",
        "compare-heat",
        "compare-heat-delta",
        "compare-recall-count",
        "compare-tradeoff",
        "compare-curves",
        "compare-confusion",
    } <= named
    order = [
        page.text.index(mark)
        for mark in (
            'id="compare-verdicts"',
            'id="compare-limits"',
            'id="plot-compare-settings"',
            'id="compare-table"',
            'id="compare-observations"',
            'id="plot-compare-heat"',
            'id="compare-differences"',
        )
    ]
    assert order == sorted(order)
    assert [one.row.n for one in context(page)["rows"]] == [2, 2, 2]


def test_with_one_beta_the_first_figure_is_of_each_setting(client: TestClient, seed_run: SeedRun) -> None:
    runs = [seed_run(config={"loss": loss, "seed": seed}) for loss in LOSSES[:2] for seed in (0, 1)]
    page = client.get(f"/compare?runs={','.join(map(str, runs))}", headers=HTML)
    named = re.findall(r'id="plot-([\w-]+)"', page.text)
    assert named[0] == "compare-settings"
    assert "compare-beta" not in named
    assert page.text.index('id="plot-compare-settings"') < page.text.index('id="compare-table"')


def test_observations_lead_to_a_figure_of_the_page(client: TestClient, ids: str) -> None:
    page = client.get(f"/compare?runs={ids}", headers=HTML)
    block = page.text.partition('id="compare-observations"')[2].partition("</div>")[0]
    anchors = re.findall(r'<li(?: class="reason")?><a href="#([\w-]+)"', block)
    view = context(page)["comparison"]
    assert len(anchors) == len(view.observations) + len(context(page)["reasons"])
    assert all(one.detail in unescape(block) for one in view.verdicts)
    assert all(f'id="{anchor}"' in page.text for anchor in anchors)


def test_the_address_says_everything(client: TestClient, ids: str) -> None:
    words = "baseline=Focal&epoch=best&order=dataset&metric=tail&columns=accuracy,classes&mode=difference"
    more = "&sort=-accuracy&x=time&scale=log&smooth=0.5&a=CE&b=Focal"
    more += "&pairing=paired&multiplicity=none&margin=1.5&marks=mean"
    page = client.get(f"/compare?runs={ids}&{words}{more}", headers=HTML)
    assert page.status_code == 200
    query: CompareQuery = context(page)["query"]
    assert parse_qs(query.text) == parse_qs(f"runs={ids}&{words}{more}")
    chosen = {
        one.name: next(option.value for option in one.options if option.chosen)
        for one in context(page)["controls"]
    }
    told = parse_qs(words + more)
    assert all(chosen[name] == value for name, (value,) in told.items() if name in chosen)
    assert len(chosen) == 15
    assert [column.key for column in context(page)["columns"]] == [
        "accuracy",
        "class:0",
        "class:1",
        "class:2",
    ]
    figure = parse_qs(urlsplit(context(page)["panels"]["compare_curves"].url).query)
    assert (figure["metric"], figure["smooth"], figure["baseline"]) == (["tail"], ["0.5"], ["Focal"])
    assert "CE minus Focal" in context(page)["panels"]["compare_confusion"].drawn.note


def test_figures_draw_under_the_address_that_the_page_gives(client: TestClient, ids: str) -> None:
    page = client.get(f"/compare?runs={ids}&metric=loss&smooth=0.9&epoch=best&x=step", headers=HTML)
    for panel in context(page)["panels"].values():
        assert client.get(panel.url).json()["layout"] == panel.drawn.figure["layout"]
        assert client.get(panel.csv_url).status_code == 200


@pytest.mark.parametrize("kind", ["csv", "markdown", "latex", "json"])
def test_all_columns_may_be_taken_away(client: TestClient, ids: str, kind: str) -> None:
    """As the page's script says it where no column is ticked any more."""
    asked = {"runs": ids, "columns": "none"}
    page = client.get("/compare", params=asked, headers=HTML)
    assert page.status_code == 200
    boxes = re.findall(r'<input type="checkbox" name="columns"[^>]*>', page.text)
    assert boxes
    assert not [box for box in boxes if "checked" in box]
    assert client.get("/api/v1/compare", params=asked | {"format": kind}).status_code == 200
    assert client.get("/compare", params={"runs": ids, "columns": "nome"}, headers=HTML).status_code == 422


def test_the_form_alone_reaches_every_state(client: TestClient, ids: str) -> None:
    """Without scripts a control sends its name; the same address comes back."""
    text = client.get(f"/compare?runs={ids}&sort=-tail", headers=HTML).text
    form = re.search(r'<form id="compare-form".*?</form>', text, re.S)
    assert form
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form[0]))
    assert hidden == {"runs": ids, "sort": "-tail"}
    assert 'autocomplete="off"' in form[0], "a browser that puts controls back would change them anew"
    names = set(re.findall(r'name="(\w+)"[^>]* form="compare-form"', text))
    assert {
        "baseline",
        "epoch",
        "order",
        "mode",
        "metric",
        "x",
        "scale",
        "smooth",
        "a",
        "b",
        "columns",
        "pairing",
        "multiplicity",
        "margin",
        "tuned",
        "marks",
    } == names
    page = client.get(f"/compare?runs={ids}&columns=accuracy&columns=tail&baseline=", headers=HTML)
    assert [column.key for column in context(page)["columns"]] == ["accuracy", "tail"]
    assert context(page)["comparison"].baseline is None


def test_heads_of_columns_sort_and_turn_round(client: TestClient, ids: str) -> None:
    page = client.get(f"/compare?runs={ids}", headers=HTML).text
    link = unescape(re.findall(r'class="sort" href="([^"]*sort=-tail[^"]*)"', page)[0])
    again = client.get(link, headers=HTML)
    assert 'aria-sort="descending"' in again.text
    tails = [one.row.metrics["tail"].mean for one in context(again)["rows"]]
    assert tails == sorted(tails, reverse=True)
    assert re.search(r'class="sort" href="[^"]*sort=tail[^"]*"', again.text)


def test_exports_are_of_what_is_shown(client: TestClient, ids: str) -> None:
    page = client.get(f"/compare?runs={ids}&mode=difference&columns=accuracy", headers=HTML)
    formats = {}
    for word, path in context(page)["exports"]:
        asked = parse_qs(urlsplit(path).query)
        assert (asked["mode"], asked["columns"], asked["runs"]) == (["difference"], ["accuracy"], [ids])
        formats[word] = client.get(path)
    assert {word: answer.status_code for word, answer in formats.items()} == dict.fromkeys(formats, 200)
    assert set(formats) == {"CSV", "JSON", "Markdown", "LaTeX"}


def test_a_best_epoch_chosen_on_test_is_marked(client: TestClient, ids: str) -> None:
    said = "chosen by looking at the test set in CE, Focal, CB-Focal 0.99"
    assert said in client.get(f"/compare?runs={ids}&epoch=best", headers=HTML).text
    assert said not in client.get(f"/compare?runs={ids}", headers=HTML).text


@pytest.mark.parametrize("state", ["queued", "failed"])
def test_runs_without_an_epoch_have_a_page(client: TestClient, seed_run: SeedRun, state: str) -> None:
    run = seed_run(state, epochs=0) if state != "queued" else seed_run(state)
    page = client.get(f"/compare?runs={run}", headers=HTML)
    assert page.status_code == 200
    assert "NaN" not in page.text
    assert {cell.text for cell in context(page)["rows"][0].cells} == {"–", "baseline"}
    table = page.text.partition('id="compare-table"')[2].partition("<tbody>")[2]
    assert "is-open" in table.partition(">")[0]
    said = (
        "counts for nothing yet" if state == "failed" else "So far, with 1 of 1 run still to come (1 queued)"
    )
    assert page.text.count(said) == 1


BAD_WORDS = """
epoch=first smooth=2 x=miles metric=happiness sweep=one published=nothing baseline=nobody
pairing=twins multiplicity=many margin=-1 margin=x tuned=model.width marks=all
"""


@pytest.mark.parametrize("words", BAD_WORDS.split())
def test_a_wrong_word_is_refused_by_name(client: TestClient, ids: str, words: str) -> None:
    answer = client.get(f"/compare?runs={ids}&{words}", headers=HTML)
    assert answer.status_code == 422
    assert words.partition("=")[0] in answer.text


def test_a_sweep_that_does_not_exist(client: TestClient) -> None:
    assert client.get("/compare?sweep=99", headers=HTML).status_code == 404


def test_nothing_chosen_offers_runs(client: TestClient, ids: str) -> None:
    page = client.get("/compare", headers=HTML)
    assert page.text.count('type="checkbox" name="runs"') == 6
    assert "Sweeps</h2>" not in page.text


def test_a_verdict_is_a_line_with_what_to_do_and_its_tail_stands_with_the_reasons(
    client: TestClient, ids: str
) -> None:
    page = client.get(f"/compare?runs={ids}", headers=HTML)
    view = context(page)["comparison"]
    told = page.text.partition('id="compare-verdicts"')[2].partition("</section>")[0]
    reasons = page.text.partition('id="compare-observations"')[2].partition("</section>")[0]
    assert [one.question for one in view.verdicts][:3] == ["best", "baseline", "tail"]
    for one in view.verdicts:
        assert unescape(told).count(one.text) == 1
        assert len(one.text) < 180
        assert not one.detail or one.detail in unescape(reasons)
        assert one.action is None or one.action.cost_text in told
    assert all("n = 2" in one.text for one in view.verdicts if one.question in ("best", "baseline"))
    assert "Chosen on the test set among 3 settings" in unescape(reasons)


def test_rows_link_to_each_run_and_offer_seeds_with_their_cost(client: TestClient, ids: str) -> None:
    page = client.get(f"/compare?runs={ids}", headers=HTML)
    table = page.text.partition('id="compare-table"')[2].partition("</table>")[0]
    assert re.findall(r'<a href="/runs/(\d+)" aria-label', table) == ids.split(",")
    offered = [step for one in context(page)["rows"] for step in one.steps]
    assert offered
    for step in offered:
        target = f", {step.target}" if step.target else ""
        assert f'title="{step.label}{target}: {step.cost_text}"' in table
        assert f">{step.short}</button>" in table
        assert step.cost_text.rpartition("about ")[2] in re.sub(r'"[^"]*"', "", table)


def test_other_data_is_shown_grey_beside_and_never_subtracted(client: TestClient, seed_run: SeedRun) -> None:
    runs = [seed_run(config={"seed": seed}) for seed in (0, 1)]
    runs += [
        seed_run(config={"loss": {"name": "focal"}, "seed": seed}, fingerprint="a" * 64) for seed in (0, 1)
    ]
    page = client.get(f"/compare?runs={','.join(map(str, runs))}", headers=HTML)
    other = context(page)["rows"][1]
    delta = other.cells[[column.key for column in context(page)["columns"]].index("delta")]
    assert (delta.text, "other images" in delta.under) == ("–", True)
    assert not any(cell.mark for cell in other.cells)
    assert page.text.partition(f'data-setting="{other.row.setting_hash}"')[2].startswith(' class=" is-open"')
    assert "shown but not subtracted" in page.text


FOCAL: dict[str, Any] = {"loss": {"name": "focal", "weighting": "class_balanced", "beta": 0.9}}
PLAIN: dict[str, Any] = {"loss": {"name": "cross_entropy"}}


def kin(client: TestClient, run_id: int) -> list[tuple[str, tuple[int, ...], int]]:
    page = client.get(f"/compare?choose={run_id}", headers=HTML)
    assert (page.status_code, template(page)) == (200, "compare_choose.html")
    return [(one.label, one.run_ids, one.done) for one in context(page)["kin"]]


def test_setting_and_baseline_come_first(client: TestClient, seed_run: SeedRun) -> None:
    first, second = (seed_run("completed", config={**FOCAL, "seed": seed}) for seed in (0, 1))
    plain = seed_run("running", config={**PLAIN, "seed": 1})
    seed_run("completed", config={**PLAIN, "data": {"imbalance_ratio": 10}})
    seed_run("completed", config={**PLAIN, "optim": {"learning_rate": 0.02}})
    seed_run("failed", config={**FOCAL, "seed": 2})
    found = [("CB-Focal 0.9", (first, second), 2), ("CE", (plain,), 0)]
    assert kin(client, first) == kin(client, second) == found
    assert kin(client, plain) == [("CE", (plain,), 0)]
    link = client.get(f"/runs/{second}", headers=HTML).text
    assert f'href="/compare?choose={second}"' in link


def test_the_sweep_of_the_run_is_there_and_what_broke_is_not(client: TestClient, seed_run: SeedRun) -> None:
    body = {
        "base": FOCAL,
        "axes": {"loss.beta": [0.9, 0.99], "seed": [0, 1]},
        "baselines": [{"loss.name": "cross_entropy", "loss.weighting": "none"}],
    }
    sweep = client.post("/api/v1/sweeps", json=body).json()
    ids = [[cell["run_id"] for cell in row["cells"]] for row in sweep["rows"]]
    client.post(f"/api/v1/runs/{ids[2][1]}/cancel")
    client.post(f"/api/v1/runs/{ids[0][1]}/cancel")
    client.post(f"/api/v1/runs/{ids[0][1]}/archive")
    assert kin(client, ids[1][0]) == [
        ("CB-Focal 0.9", tuple(sorted(ids[1])), 0),
        ("CE", (ids[0][0],), 0),
        ("CB-Focal 0.99", (ids[2][0],), 0),
    ]
    assert kin(client, ids[2][1])[0] == ("CB-Focal 0.99", tuple(sorted(ids[2])), 0), "itself, canceled"


def test_at_most_twenty_settings_are_ticked(client: TestClient) -> None:
    body = {"base": FOCAL, "axes": {"loss.beta": [place / 100 for place in range(25)], "seed": [0, 1]}}
    sweep = client.post("/api/v1/sweeps", json=body).json()
    text = client.get(f"/compare?choose={sweep['rows'][0]['cells'][0]['run_id']}", headers=HTML).text
    assert text.count("data-setting=") - text.count('class="choice-name">focal') == 25
    assert text.count(" checked>") == 20


def test_ticked_settings_make_one_address(client: TestClient, seed_run: SeedRun) -> None:
    ids = [seed_run("completed", config={**FOCAL, "seed": seed}) for seed in (0, 1)]
    plain = seed_run("completed", config=PLAIN)
    asked = f"/compare?runs={ids[0]},{ids[1]}&runs={plain}"
    answer = client.get(asked, headers=HTML, follow_redirects=False)
    assert answer.headers["location"] == f"/compare?runs={ids[0]},{ids[1]},{plain}"


@pytest.mark.parametrize(("choose", "status"), [("x", 422), ("99", 404), ("9" * 30, 422), ("", 200)])
def test_what_is_no_run(client: TestClient, choose: str, status: int) -> None:
    assert client.get(f"/compare?choose={choose}", headers=HTML).status_code == status


def test_one_setting_alone_is_asked_what_to_hold_it_against(client: TestClient, seed_run: SeedRun) -> None:
    ids = [seed_run("completed", config={**FOCAL, "seed": seed}) for seed in (0, 1)]
    plain = seed_run("completed", config=PLAIN)
    page = client.get(f"/compare?runs={ids[0]}", headers=HTML)
    assert template(page) == "compare.html"
    assert [one.label for one in context(page)["kin"]] == ["CB-Focal 0.9", "CE"]
    assert page.text.count(" checked>") >= 2
    assert 'id="choose"' in page.text
    assert "verdict-top" not in page.text
    drawn = {one.name for one in context(page)["panels"].values()}
    assert drawn == {
        "compare-settings",
        "compare-heat",
        "compare-recall",
        "compare-recall-count",
        "compare-tradeoff",
        "compare-curves",
    }
    both = client.get(f"/compare?runs={ids[0]},{plain}", headers=HTML)
    assert 'id="choose"' not in both.text
    assert "compare_heat_delta" in context(both)["panels"]


def test_a_missing_baseline_is_offered(client: TestClient, seed_run: SeedRun) -> None:
    run = seed_run("completed", config=FOCAL)
    text = client.get(f"/compare?choose={run}", headers=HTML).text
    assert f"/runs/new?clone={run}&amp;loss.name=cross_entropy&amp;loss.weighting=none" in text
    page = client.get(f"/runs/new?clone={run}&loss.name=cross_entropy&loss.weighting=none", headers=HTML)
    assert context(page)["preview"].config == parse_config(
        {**PLAIN, "optim": {"epochs": 3, "milestones": []}}
    ).model_dump(mode="json")


def test_page_and_report_say_on_what_the_settings_were_trained(client: TestClient, seed_run: SeedRun) -> None:
    runs = [
        seed_run(config={"loss": loss, "data": {"imbalance_ratio": 50}, "model": {"width": 4}})
        for loss in LOSSES
    ]
    address = f"runs={','.join(map(str, runs))}"
    said = "Recipe: shapes10, imbalance exp, imbalance ratio 50, convnet4, width 4, epochs "
    assert said in client.get(f"/compare?{address}", headers=HTML).text
    assert said in client.get(f"/compare/report.html?{address}").text
