"""What pages add to their views: configuration tables, recipes, best of a column, static files, Plotly."""

import gzip
import json
import re
import shlex

import pytest
from starlette.testclient import TestClient

from app.figures.theme import DARK, LIGHT
from app.pages.compare.controls import log_heights
from app.pages.runs.config_table import config_table, recipes
from app.store import usage
from app.store.engine import Database
from app.web.templating import plotly_name
from tests.app.figures import boards
from tests.app.pages.seen import HTML
from tests.conftest import SeedRun
from trainer.config import RunConfig, as_json, parse_config, preset
from trainer.config_fields import from_text
from trainer.events import Entry, Usage

pytestmark = pytest.mark.slow


def test_config_table_marks_what_differs_from_the_nearest_base() -> None:
    assert config_table(as_json(RunConfig())).different == 0
    table = config_table(as_json(parse_config({"loss": {"name": "focal"}, "seed": 4})))
    rows = {row.path: row for group in table.groups for row in group.rows}
    assert table.base == "the defaults"
    assert (rows["seed"].usual, rows["loss.name"].usual, rows["loss.gamma"].usual) == (
        "0",
        "cross_entropy",
        "not used",
    )
    assert not rows["data.validation_rule"].has_effect
    assert "loss.beta" not in rows, "of weights that are not chosen"
    assert rows["threads"].has_effect
    assert config_table(as_json(preset("write_up"))).base == "the preset write_up"


@pytest.mark.parametrize("milestones", [[2, 3], []])
def test_recipes_launch_the_same_configuration(milestones: list[int]) -> None:
    asked = parse_config(
        {
            "loss": {"name": "focal", "gamma": 2.0},
            "optim": {"milestones": milestones},
            "data": {"augment": False},
        }
    )
    run = boards.run(as_json(asked), name='it\'s "quoted" <b>', tags=("a b",))
    command, curl, python = recipes(run, "http://localhost:8000")
    words = shlex.split(command.text.replace("\\\n", " "))
    assert words[:2] == ["betaboard", "launch"]
    assert words[words.index("--name") + 1] == run.name
    settings = dict(word.split("=", 1) for at, word in enumerate(words) if words[at - 1] == "--set")
    assert parse_config(from_text(settings)) == asked
    sent = json.loads(shlex.split(curl.text.replace("\\\n", " "))[-1])
    assert (parse_config(sent["config"]), sent["name"], sent["tags"]) == (asked, run.name, ["a b"])
    given: dict[str, object] = {}
    exec(
        re.sub(r"^from.*$", "", python.text, flags=re.M).replace("Client(", "Fake("),
        {"Fake": _fake(given), "print": print},
    )
    assert parse_config(given["config"]) == asked
    assert given["name"] == run.name


def _fake(given: dict[str, object]) -> type:
    class Fake:
        """A client that notes what it is asked to launch."""

        def __init__(self, url: str) -> None:
            self.id, self.state = 1, "completed"

        def __enter__(self) -> "Fake":
            return self

        def __exit__(self, *_: object) -> None:
            return None

        def launch(self, config: object, **more: object) -> "Fake":
            given.update(more, config=config)
            return self

        def wait(self, run_id: int) -> "Fake":
            return self

    return Fake


def test_silhouette_is_logarithmic() -> None:
    heights = log_heights([999, 99, 9, 0])
    assert list(heights) == pytest.approx([1, 2 / 3, 1 / 3, 0])
    assert log_heights([]) == ()


def test_static_files_may_be_kept_for_ever(client: TestClient) -> None:
    page = client.get("/runs", headers=HTML).text
    for address in re.findall(r'(?:href|src)="(/static/[^"]+)"', page):
        answer = client.get(address)
        assert answer.status_code == 200
        assert "immutable" in answer.headers["cache-control"]
    assert client.get("/static/keys.js").headers["cache-control"] == "no-cache"


def test_plotly_comes_compressed_from_the_installed_package(client: TestClient) -> None:
    address = f"/static/plotly/{plotly_name()}"
    with client.stream("GET", address, headers={"Accept-Encoding": "gzip"}) as packed:
        raw = b"".join(packed.iter_raw())
        assert packed.headers["content-encoding"] == "gzip"
        assert "immutable" in packed.headers["cache-control"]
    plain = client.get(address, headers={"Accept-Encoding": "identity"})
    assert gzip.decompress(raw) == plain.content
    assert len(raw) < len(plain.content) / 2


def test_pages_hold_no_inline_script(client: TestClient, seed_run: SeedRun) -> None:
    run_id = seed_run()
    for path in ("/runs", "/runs/new", f"/runs/{run_id}", f"/compare?runs={run_id}"):
        text = client.get(path, headers=HTML).text
        assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", text))
        assert not re.search(r"\son\w+=", re.sub(r">[^<]*<", "><", text))


def test_figures_and_styles_share_their_colours() -> None:
    from app.web.templating import asset_folder

    tokens = (asset_folder("static") / "tokens.css").read_text()
    pairs = dict(re.findall(r"--([\w-]+): light-dark\((#\w+, #\w+)\)", tokens))
    for token, field in (
        ("ink", "ink"),
        ("muted", "muted"),
        ("grid", "grid"),
        ("surface", "surface"),
        ("silhouette", "silhouette"),
        ("bad", "bad"),
        ("heat-low", "heat_low"),
        ("heat-high", "heat_high"),
        ("less", "less"),
        ("more", "more"),
    ):
        assert pairs[token] == f"{getattr(LIGHT, field)}, {getattr(DARK, field)}"


OF_MORE = ("compare-effects", "compare-fields")
"""Figures that have nothing to show of one seed a setting, or of one field."""


def test_figures_api_lists_and_draws_every_figure(
    client: TestClient, seed_run: SeedRun, db: Database
) -> None:
    units = {"dead_units/relu1": 0.25, "zero_activations/relu1": 0.5}
    parts = {f"seconds/{part}": 1.0 for part in ("data", "forward", "backward", "train", "evaluate")}
    first = seed_run(figures={1: {"scalars": units | parts}})
    look = Usage(seconds=9.0, cpu_seconds=8.0, memory_bytes=7)
    with db.write() as session:
        usage.store(session, first, [Entry(seq=99, time="2026-01-01T00:00:00.000Z", event=look)])
    second = seed_run(name="b", config={"loss": {"name": "focal"}})
    third = seed_run(name="c", config={"optim": {"learning_rate": 0.5}})
    names = client.get("/api/v1/figures").json()["items"]
    assert len(names) >= 7
    for figure in names:
        query = f"run={first}" if figure["about"] == "run" else f"runs={first},{second},{third}"
        for theme in ("light", "dark"):
            drawn = client.get(f"/api/v1/figures/{figure['name']}?{query}&theme={theme}")
            assert set(drawn.json()) == {"data", "layout"}
        table = client.get(f"/api/v1/figures/{figure['name']}/table.csv?{query}")
        assert table.headers["content-type"].startswith("text/csv")
        has_rows = figure["name"] in OF_MORE or table.text.count("\n") > 1
        assert has_rows, figure["name"]
    assert client.get("/api/v1/figures/nothing?run=1").status_code == 404
    assert client.get("/api/v1/figures/accuracy").status_code == 422
    assert client.get("/api/v1/figures/accuracy?run=1,2").status_code == 422
    assert client.get("/api/v1/figures/accuracy?run=99").status_code == 404
