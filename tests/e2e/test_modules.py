"""Modules of static/ by themselves, on a blank page without a server: what they answer and do to a page."""

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from app import formats
from tests.e2e.conftest import OpenPage

pytestmark = [pytest.mark.slow, pytest.mark.browser]

STATIC = Path(__file__).parents[2] / "static"
Run = Callable[..., Any]


@pytest.fixture
def page(open_page: OpenPage) -> Page:
    """A blank page whose address has the modules beside it."""
    return blank(open_page())


def blank(page: Page) -> Page:
    def serve(route: Route) -> None:
        name = route.request.url.removeprefix("http://modules/")
        if name:
            route.fulfill(path=STATIC / name, content_type="text/javascript")
        else:
            route.fulfill(body="<!doctype html><title>Blank</title><body>", content_type="text/html")

    page.route("http://modules/**", serve)
    page.goto("http://modules/")
    return page


@pytest.fixture
def run(page: Page) -> Run:
    """(module, expression of `it` and `given`, given) -> what that is."""

    def ran(module: str, expression: str, given: object = None) -> Any:
        return page.evaluate(
            f"async given => {{ const it = await import('/{module}'); return {expression} }}", given
        )

    return ran


def test_a_time_grows_old_in_the_words_of_the_server(run: Run) -> None:
    now = datetime(2026, 3, 1, tzinfo=UTC)
    seconds = [*range(0, 200, 7), *range(200, 8000, 211), *range(8000, 2_550_000, 30_011)]
    ages = [second + 0.3 for second in seconds]  # not half a minute, which the two round differently
    said = run("times.js", "given.map(it.ago)", ages)
    assert said == [formats.ago((now - timedelta(seconds=age)).isoformat(), now) for age in ages]
    assert run("times.js", "it.ago(given)", 86_400 * 31) == "", (
        "an old one stays the date that the server wrote"
    )


def test_what_is_waited_for_is_counted_down_in_the_words_of_the_server(run: Run) -> None:
    seconds = [*range(0, 130), 200, 3599, 3600, 3900, 7321]
    assert run("times.js", "given.map(it.duration)", seconds) == [formats.duration(one) for one in seconds]


CHOICES = (
    """<form id="choose"></form><p data-tick-count></p><button form="choose">Compare</button>"""
    + "".join(
        f'<input type="checkbox" form="choose" name="runs" value="{n}" data-setting="{n // 2}">'
        for n in range(44)
    )
)


def test_settings_are_counted_not_their_seeds(page: Page, run: Run) -> None:
    page.set_content(CHOICES)
    run("ticks.js", "it.wireTicks()")
    told, button = page.locator("p"), page.locator("button")
    expect(told).to_have_text("0 settings ticked")
    expect(button).to_be_disabled()
    page.locator("input").evaluate_all("boxes => boxes.slice(0, 39).forEach(box => { box.checked = true })")
    page.locator("input").nth(39).click()
    expect(told).to_have_text("20 settings ticked")
    expect(button).to_be_enabled()
    page.locator("input").nth(41).click()
    expect(told).to_have_text("21 settings ticked; at most 20 are compared at once")
    expect(button).to_be_disabled()


def tree(chance: random.Random, depth: int = 3) -> str:
    """Elements, some with an id that moves about and belongs to one kind, and text between them."""
    kinds = "pbi" if depth == 1 else ["div", "ul", "section"]
    parts = []
    for number in chance.sample(range(8), chance.randrange(4)):
        named = chance.random() < 0.5
        kind = kinds[number % 3] if named else chance.choice(kinds)
        start = f'{kind} id="n{depth}{number}"' if named else kind
        inner = tree(chance, depth - 1) if depth > 1 else chance.randrange(3)
        after = chance.choice(["", "text"])
        parts.append(f'<{start} class="c{chance.randrange(3)}">{inner}</{kind}>{after}')
    return "".join(parts)


def test_a_patched_part_is_what_the_server_sent(page: Page, run: Run) -> None:
    chance = random.Random(8)
    trees = [f'<div data-live id="part" class="c{n}">{tree(chance)}</div>' for n in range(300)]
    page.set_content(trees[0])
    unlike = """given.filter((text) => {
        const fresh = it.apply(text).getElementById("part");
        return !document.getElementById("part").isEqualNode(fresh);
    })"""
    assert run("patch.js", unlike, trees) == []


LIST = '<ul data-live id="part"><li id="a">{a}</li><li id="b"><input id="typed" value="{b}"></li></ul>'


def test_a_patch_leaves_what_the_reader_did(page: Page, run: Run) -> None:
    page.set_content(
        LIST.format(a="1", b="old")
        + '<div data-live id="rest"><p data-keep>mine</p><details>1</details></div>'
    )
    page.locator("#typed").fill("typed")
    page.evaluate(
        "document.querySelector('details').open = true; window.first = document.getElementById('a')"
    )
    fresh = '<ul data-live id="part"><li id="b"><input id="typed" value="new"></li><li id="a">2</li></ul>'
    run(
        "patch.js",
        "it.apply(given) && 0",
        fresh + '<div data-live id="rest"><p data-keep>theirs</p><details>2</details></div>',
    )
    assert page.locator("#part li").evaluate_all("all => all.map(item => item.id)") == ["b", "a"]
    assert page.evaluate("window.first === document.getElementById('a')"), "it is moved, not made anew"
    expect(page.locator("#a")).to_have_text("2")
    expect(page.locator("#typed")).to_have_value("typed")
    expect(page.locator("[data-keep]")).to_have_text("mine")
    expect(page.locator("details")).to_have_js_property("open", True)
    expect(page.locator("details")).to_have_text("2")


END = {"name": "end-label", "text": "a"}
LAYOUT = {
    "height": 400,
    "margin": {"l": 60, "r": 120, "t": 20, "b": 50},
    "annotations": [END, {"text": "mean"}],
}


FIT = "it.fitted(given.figure, given.width).layout"


def test_a_narrow_plot_has_a_legend_in_place_of_names_at_line_ends(run: Run) -> None:
    names = [
        {"name": "10 letters"},
        {"name": "b"},
        {"name": "c"},
        {"name": "none", "showlegend": False},
    ]
    given = {"figure": {"layout": LAYOUT, "data": names}, "width": 520}
    assert run("plot-fit.js", FIT, given) == LAYOUT
    fitted = run("plot-fit.js", FIT, given | {"width": 390})
    rows = 2  # of three entries of 45 + 7 x 10 pixels in 390 - 70: two stand beside each other
    assert fitted["annotations"] == [{"text": "mean"}]
    assert fitted["showlegend"] is True
    assert fitted["margin"] == {"l": 60, "r": 12, "t": 20, "b": 46 + 20 * rows + 12}
    assert fitted["height"] == 400 - (50 - 46) + 20 * rows + 12


def test_a_square_plot_keeps_its_scale_when_it_is_narrow(run: Run) -> None:
    axes = {"xaxis": {"range": [0, 10]}, "yaxis": {"range": [0, 5], "scaleanchor": "x"}, "annotations": []}
    given = {"figure": {"layout": LAYOUT | axes, "data": []}, "width": 380}
    fitted = run("plot-fit.js", FIT, given)
    assert fitted["height"] == (380 - 60 - 120) * 5 / 10 + 20 + 50


LOG = """<pre id="log-text" data-ended="true">Epoch 1\n&lt;b&gt; EPOCH 2 epoch\nend</pre>
<input id="log-search"><input type="checkbox" id="log-follow"><span id="log-found"></span>"""


def test_a_search_of_the_log_marks_every_place_and_text_stays_text(page: Page, run: Run) -> None:
    page.set_content(LOG)
    run("log.js", "it.wireLog()")
    page.locator("#log-search").fill("epoch")
    expect(page.locator("#log-found")).to_have_text("2 of 3 lines")
    assert page.locator("mark").all_text_contents() == ["Epoch", "EPOCH", "epoch"]
    expect(page.locator("#log-text")).to_have_text("Epoch 1 <b> EPOCH 2 epoch")
    page.locator("#log-search").fill("")
    expect(page.locator("mark")).to_have_count(0)
    expect(page.locator("#log-text")).to_contain_text("end")


def test_only_the_latest_answer_to_a_form_counts(page: Page, run: Run) -> None:
    """The first is answered after the second."""
    page.set_content('<form action="/asked"><input name="x"></form>')
    page.evaluate(
        """() => {
        window.answers = []; window.shown = [];
        window.fetch = (_, { body }) => new Promise((answer) => window.answers.push(() =>
            answer({ ok: true, text: async () => body.get("x") })));
    }"""
    )
    run("typing.js", "void it.follow(document.forms[0], 0, (text) => window.shown.push(text))")
    for count, text in enumerate(("one", "two"), start=1):
        page.locator("input").fill(text)
        page.wait_for_function("count => window.answers.length === count", arg=count)
    page.evaluate("window.answers[1]()")
    page.wait_for_function("window.shown.length === 1")
    page.evaluate("async () => { window.answers[0](); await new Promise(requestAnimationFrame) }")
    assert page.evaluate("window.shown") == ["two"]


STREAM = """() => {
  window.EventSource = class extends EventTarget {
    static CLOSED = 2;
    constructor(url) { super(); this.url = url; window.stream = this; }
    close() { this.closed = true; }
    tell(id, run) {
      const data = JSON.stringify({ run_id: run, words: null });
      this.dispatchEvent(new MessageEvent("batch", { data, lastEventId: String(id) }));
    }
  };
  window.heard = {};
  window.enter = (name, after, run) => {
    window.heard[name] = [];
    const port = { postMessage: (event) => window.heard[name].push(event.id ?? event.kind) };
    const event = new Event("connect");
    event.ports = [port];
    window.dispatchEvent(event);
    port.onmessage({ data: { act: "join", url: "/stream", after, run } });
    window[name] = () => port.onmessage({ data: { act: "leave" } });
  };
}"""


def test_tabs_share_a_stream_and_each_hears_what_is_for_it(page: Page) -> None:
    page.evaluate(STREAM)
    page.add_script_tag(url="http://modules/live-worker.js")
    page.evaluate("window.enter('all', 5, null); window.stream.tell(6, 1); window.stream.tell(7, 2)")
    assert page.evaluate("window.stream.url") == "/stream?words=true&after=5"
    page.evaluate("window.enter('late', 6, null); window.enter('one', 5, 1); window.enter('stale', 4, null)")
    page.evaluate("window.stream.tell(8, 1)")
    heard = {"all": [6, 7, 8], "late": [7, 8], "one": [6, 8], "stale": ["missed", 8]}
    assert page.evaluate("window.heard") == heard
    page.evaluate("for (const name of ['all', 'late', 'one']) window[name]()")
    assert page.evaluate("window.stream.closed") is None
    page.evaluate("window.stale()")
    assert page.evaluate("window.stream.closed") is True


def test_a_stream_that_broke_is_opened_again_where_it_ended(open_page: OpenPage) -> None:
    page = blank(open_page(own=True))
    page.clock.install()
    page.evaluate(STREAM)
    page.add_script_tag(url="http://modules/live-worker.js")
    page.evaluate("window.enter('all', 5, null); window.stream.tell(9, 1)")
    page.evaluate(
        "window.stream.readyState = 2; window.stream.dispatchEvent(new Event('error')); window.stream = null"
    )
    page.clock.run_for(5000)
    assert page.evaluate("window.stream.url") == "/stream?words=true&after=9"
    assert page.evaluate("window.heard.all") == [9, "missed"]
