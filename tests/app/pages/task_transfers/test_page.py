"""The page of task transfers: every sentence that depends on figures, what the address asks for."""

from html import unescape
from typing import Any

import pytest
from starlette.testclient import TestClient

import app.pages.task_transfers.page as pages
from app.comparing.table.markdown import escape
from app.errors import NotFoundError
from app.settings import Settings
from app.task_transfers.readings import pairs_against
from app.task_transfers.report import report
from tests.app.pages.seen import HTML, context
from tests.app.pages.task_transfers.opened import PAGE, seen
from tests.app.task_transfers import made
from trainer.transfer.tasks import TASKS

pytestmark = pytest.mark.slow


def test_a_finished_job_answers_in_words(client: TestClient, shows: Any) -> None:
    view = made.view()
    shows(view)
    page = seen(client, PAGE)
    assert view.answers is not None
    assert view.answers.levels is not None
    for said in (view.answers.strongest, view.answers.weakest, view.answers.levels.text):
        assert said in page
    for claim in view.answers.claims:
        assert f"{claim.verdict}</strong> {claim.text}" in page
    assert view.answers.levels.contradictions[0].text in page
    assert "1 pair against it" in page
    assert "Difference of mean wins within a level and across, +6.0 points; p = 0.012" in page
    assert "3 of 14" in page
    guesses = page[page.index("Where would one have started") :]
    assert guesses.index('double <span class="tag">new</span>') < guesses.index('<th scope="row">edges</th>')
    assert page.count("<td>better</td>") == 14
    assert page.count("<td>cannot tell</td>") == 1
    assert '<link rel="alternate" type="application/json" href="/api/v1/task-transfers/1">' in page


def test_other_verdicts_have_their_own_words(client: TestClient, shows: Any) -> None:
    view = made.view(seeds=(0,))
    assert view.answers is not None
    levels = view.answers.levels
    assert levels is not None
    against = {"contradictions": (), "verdict": "does not hold"}
    worse = tuple(one.model_copy(update={"is_better": False}) for one in view.answers.controls)
    bare = view.answers.model_copy(update={"levels": levels.model_copy(update=against), "controls": worse})
    shows(view.model_copy(update={"answers": bare}))
    page = seen(client, PAGE)
    assert "No pair is against it" in page
    assert 'verdict-does-not-hold">does not hold' in page
    assert page.count("<td>not better</td>") == 15
    shows(view.model_copy(update={"answers": bare.model_copy(update={"levels": None})}))
    assert "Tasks of one level" not in seen(client, PAGE)


def test_pairs_that_are_not_listed_are_counted_too(client: TestClient, shows: Any) -> None:
    view = made.view()
    assert view.answers is not None
    assert view.answers.levels is not None
    (one,) = view.answers.levels.contradictions
    for against, listed, told in ((12, 5, "12 pairs against it; the five furthest; how"),
                                  (12, 7, "12 pairs against it; the 7 furthest; how"),
                                  (2, 1, "2 pairs against it; the furthest; how"),
                                  (5, 5, "5 pairs against it; how"), (1, 1, "1 pair against it; how"),
                                  (0, 2, "2 pairs against it; how"),
                                  (0, 0, "No pair is against it; how")):  # fmt: skip
        counts = {"against": against, "contradictions": (one,) * listed}
        levels = view.answers.levels.model_copy(update=counts)
        answers = view.answers.model_copy(update={"levels": levels})
        found = view.model_copy(update={"answers": answers})
        shows(found)
        assert f"<summary>{told}" in seen(client, PAGE)
        title = f"**{escape(pairs_against(levels, 'that expectation'))}.**"
        assert (title in report(found, (), "")) == bool(listed)


def test_a_running_job_says_what_is_missing(client: TestClient, shows: Any) -> None:
    nothing: dict[str, Any] = {
        "answers": None,
        "transfers": (),
        "scratch": (),
        "order_of_sources": (),
        "order_of_targets": (),
    }
    shows(made.view(state="running", done=10, eta_seconds=600.0, warnings=("few",), **nothing))
    page = seen(client, PAGE)
    assert "10 of 330 pieces measured, about 10 min left" in page
    assert "Told once every single source is read out" in page
    assert "Chosen once every single source is read out" in page
    assert "<li>few</li>" in page
    assert "data-stream" in page
    error = {"message": "It broke.", "hint": "Mend it."}
    shows(made.view(state="failed", error=error, **nothing))
    assert "<strong>It broke.</strong> Mend it." in seen(client, PAGE)


def test_a_policy_that_is_not_ready_leaves_the_rest(
    client: TestClient, shows: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(*_: Any) -> Any:
        raise NotFoundError("There is no policy yet.")

    shows(made.view())
    monkeypatch.setattr(pages, "task_policy", missing)
    page = seen(client, PAGE)
    assert "Chosen once every single source is read out" in page
    assert "Strongest: distance" in page


def test_the_address_says_what_is_shown(client: TestClient, shows: Any) -> None:
    shows(made.view())
    page = client.get(f"{PAGE}?show=gain&images=100&target=hue&budget=2&importance=shape:2", headers=HTML)
    chosen = context(page)["chosen"]
    assert (chosen.show, chosen.images, chosen.target, chosen.budget) == ("gain", 100, "hue", 2)
    assert context(page)["policy"].importance["shape"] == 2
    assert '<option value="gain" selected>' in page.text
    assert 'figures/matrix?show=gain&amp;images=100"' in page.text
    assert 'policy?budget=2&amp;importance=shape:2"' in page.text
    plain = "&".join("importance=3" for _ in context(page)["job"].order_of_targets)
    assert context(client.get(f"{PAGE}?{plain}", headers=HTML))["chosen"].importance["hue"] == 3
    for wrong in ("show=all", "images=7", "target=depth", "budget=-1", "importance=depth:1", "nothing=1"):
        assert client.get(f"{PAGE}?{wrong}", headers=HTML).status_code == 422, wrong


def test_the_graph_has_the_policys_arrows(client: TestClient, shows: Any) -> None:
    shows(made.view())
    page = client.get(PAGE, headers=HTML)
    graph, policy = context(page)["graph"], context(page)["policy"]
    drawing = page.text[page.text.index('<svg class="policy" viewBox="0 0 640') :].partition("</svg>")[0]
    assert drawing.count("<path class=") == len(graph.arrows)
    assert policy.text in unescape(page.text)
    told = unescape(page.text)
    for words in ("a readout of distance and shape", "its own network, labelled on the large split",
                  "a readout of a random encoder", "a network from scratch on its few images"):  # fmt: skip
        assert words in told


def test_figures_are_those_of_the_page(client: TestClient, shows: Any) -> None:
    shows(made.view())
    below = "/api/v1/task-transfers/1/figures"
    for path in (f"{below}/matrix?show=wins&images=300", f"{below}/sizes?target=shape"):
        assert client.get(f"{path}&theme=dark").json()["data"]
        name, _, query = path.partition("?")
        table = client.get(f"{name}/table.csv?{query}")
        assert table.text.startswith("source,")
    assert client.get(f"{below}/matrix?images=7").status_code == 422


def test_pictures_of_maps_and_words_of_the_rest(client: TestClient, shows: Any, settings: Settings) -> None:
    view = made.view()
    shows(view)
    assert "No network has answered for edges yet" in seen(client, f"{PAGE}?target=edges")
    assert client.get("/api/v1/task-transfers/1/pictures/edges.png").status_code == 404
    assert client.get("/api/v1/task-transfers/1/pictures/depth.png").status_code == 404
    targets = ("edges", "distance", "normals", "shape", "orientation", "placement")
    made.keep_samples(settings.datasets_dir, view, targets)
    for target in targets:
        page = client.get(f"{PAGE}?target={target}", headers=HTML)
        shown = context(page)["strip"]
        assert [row.label for row in shown.rows] == ["input", "truth", "own network", "best transfer",
                                                     "worst transfer", "from scratch"]  # fmt: skip
        assert shown.is_map == (TASKS[target].kind == "map")
        assert shown.legend in unescape(page.text)
        picture = client.get(shown.picture)
        assert picture.headers["content-type"] == "image/png"
        assert "max-age" in picture.headers["cache-control"]
    assert "not measured yet" in seen(client, f"{PAGE}?target=edges&images=100")


def test_the_hub_lists_both_kinds(client: TestClient, shows: Any) -> None:
    empty = client.get("/transfer", headers=HTML).text
    assert "No comparison yet" in empty
    shows(made.view())
    page = seen(client, "/transfer")
    assert 'href="/transfer/tasks/1">15 tasks, 3 seeds' in page
    assert "330 of 330" in page
    assert "on two cores" in page
