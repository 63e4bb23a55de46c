"""What the board makes of fields that only the model declares; test_added_field runs it in a process."""

import html
import json
from collections.abc import Mapping
from typing import Any

import pytest
from starlette.testclient import TestClient

from app.cli.launch import resolve as launch_command
from app.figures.colours import setting_style
from app.figures.colours_apart import settings_styles
from app.pages.launch.body import read_form
from app.runs.naming import chips, default_name
from app.schemas import LaunchBody, SweepBody
from app.store.engine import Database
from app.views.setting_labels import setting_labels
from tests import docs_parts
from tests.added_field.model import MARGIN_IDLE, SLOPE_IDLE
from tests.app.comparing.boards import comparison
from tests.app.pages.seen import HTML, context
from tests.conftest import SeedRun
from tests.trainer.test_config import BEFORE
from trainer.config import as_json, completed, config_hash, parse_config, setting_hash
from trainer.config_fields import flatten, nest
from trainer.errors import ConfigError
from trainer.run_dir import RunDir
from trainer.sweep import expand
from trainer.sweep_text import parse_axis

ADDED = ("loss.margin", "model.slope")
FOCAL = {"loss": {"name": "focal"}}


def config(**changes: Any) -> dict[str, Any]:
    return as_json(parse_config(changes))


def focal(**loss: Any) -> dict[str, Any]:
    return config(loss={"name": "focal", **loss})


def stored(before: Mapping[str, Any]) -> dict[str, Any]:
    """A configuration as it was stored when the fields were unknown."""
    flat = flatten(as_json(parse_config(before)))
    return nest({path: value for path, value in flat.items() if path not in ADDED})


def box(client: TestClient, path: str, **typed: str) -> Any:
    page = client.get("/runs/new", params=typed, headers=HTML)
    assert f'name="{path}"' in page.text
    [found] = [one for group in context(page)["form"].groups for one in group.fields if one.view.path == path]
    assert found.is_away or found.idle in html.unescape(page.text)
    return found


def test_it_has_a_box_that_says_when_it_is_idle_or_is_away_with_its_loss(client: TestClient) -> None:
    idle, used = box(client, "loss.margin"), box(client, "loss.margin", **{"loss.name": "focal"})
    assert (idle.view.label, idle.view.unit) == ("Margin", "logits")
    assert (idle.value, idle.idle) == ("0.5", MARGIN_IDLE)
    assert (used.value, used.idle) == ("0.5", "")
    assert (idle.is_away, used.is_away) == (True, False)
    assert box(client, "loss.margin", **{"loss.name": "cross_entropy, focal"}).idle == ""
    slope = box(client, "model.slope")
    assert (slope.idle, slope.is_away) == (SLOPE_IDLE, True)
    assert box(client, "model.slope", **{"model.activation": "leaky_relu"}).idle == ""


def test_the_form_reads_it_as_a_value_and_as_an_axis() -> None:
    one, two = ({"loss.name": "focal", "loss.margin": text} for text in ("0.7", "0.1, 0.7"))
    launch, sweep = read_form(one), read_form(two)
    assert isinstance(launch, LaunchBody)
    assert flatten(as_json(launch.config))["loss.margin"] == 0.7
    assert isinstance(sweep, SweepBody)
    assert sweep.axes == {"loss.margin": [0.1, 0.7]}
    without = read_form({**two, "loss.name": "cross_entropy"})
    assert isinstance(without, LaunchBody)


def test_the_command_line_sets_it_and_refuses_what_is_out_of_bounds() -> None:
    set_so = launch_command(None, {}, ("loss.name=focal", "loss.margin=0.7"))
    assert flatten(as_json(parse_config(set_so)))["loss.margin"] == 0.7
    with pytest.raises(ConfigError) as caught:
        parse_config(launch_command(None, {}, ("loss.name=focal", "loss.margin=-1")))
    [problem] = caught.value.fields
    assert (problem.path, "a negative margin pulls them together" in problem.message) == ("loss.margin", True)


def test_it_is_an_axis_of_a_sweep() -> None:
    axes = {"loss.name": ["cross_entropy", "focal"], "loss.margin": parse_axis("loss.margin", "0.1, 0.7")}
    cells = expand({}, axes)
    assert [flatten(as_json(cell.config))["loss.margin"] for cell in cells] == [None, 0.1, 0.7]


def test_rest_takes_lists_and_describes_it(client: TestClient) -> None:
    sent = {"config": {"loss": {"name": "focal", "margin": 0.7}}}
    run = client.post("/api/v1/runs", json=sent).json()
    assert (run["config"]["loss"]["margin"], run["name"]) == (0.7, "focal seed 0 margin 0.7")
    schema = json.dumps(client.get("/api/openapi.json").json())
    assert "a negative margin pulls them together" in schema
    page = client.get(f"/runs/{run['id']}", headers=HTML).text
    assert "Margin" in page


def test_the_documentation_names_it() -> None:
    [row] = [line for line in docs_parts.fields().splitlines() if "`loss.margin`" in line]
    assert "≥ 0, ≤ 10 (logits)" in row
    assert MARGIN_IDLE in row


def test_chips_names_and_labels_say_it_where_it_tells() -> None:
    usual, other = focal(), focal(margin=0.7)
    assert chips(other) == (("loss", "focal"), ("gamma", "1.5"), ("seed", "0"), ("margin", "0.7"))
    assert chips(usual) == chips(other)[:-1]
    assert default_name(other) == "focal seed 0 margin 0.7"
    assert setting_labels([usual, other]) == ("Focal, margin 0.5", "Focal, margin 0.7")
    assert setting_labels([config(), usual]) == ("CE", "Focal")
    leaky = [config(model={"activation": "leaky_relu", "slope": slope}) for slope in (0.01, 0.2)]
    assert setting_labels(leaky) == ("CE, slope 0.01", "CE, slope 0.2")


def test_two_settings_that_differ_in_it_alone_look_different() -> None:
    usual, other = setting_style(focal()), setting_style(focal(margin=0.7))
    assert (usual.light, usual.dash) != (other.light, other.dash)
    assert (usual.dash, usual) == ("solid", setting_style({**focal(), "seed": 0}))
    many = {str(at): focal(margin=at / 10) for at in range(10)}
    looks = settings_styles(many)
    assert len({(look.light, look.dash) for look in looks.values()}) == len(many)
    leaky = [config(model={"activation": "leaky_relu", "slope": slope}) for slope in (0.01, 0.2)]
    assert len({setting_style(one).symbol for one in leaky}) == 2


def test_a_comparison_knows_what_is_compared(db: Database, seed_run: SeedRun) -> None:
    leaky = [{"activation": "leaky_relu", "slope": slope} for slope in (0.01, 0.2)]
    losses = [{"name": "focal", "margin": margin} for margin in (0.5, 0.7)]
    by_loss = [seed_run(config={"loss": loss}) for loss in losses]
    by_model = [seed_run(config={"model": model}) for model in leaky]
    with db.read() as session:
        same, differs = comparison(session, by_loss), comparison(session, by_model)
    assert not any("differ in more than the loss" in one for one in same.warnings)
    [warning] = [one for one in differs.warnings if "differ in more than the loss" in one]
    assert "slope below zero is 0.01" in warning


@pytest.mark.parametrize(("before", "experiment", "setting"), BEFORE)
def test_stored_configurations_keep_their_meaning_and_their_hash(
    before: dict[str, Any], experiment: str, setting: str, settings: Any
) -> None:
    whole = completed(stored(before))
    is_focal, is_leaky = whole["loss"]["name"] == "focal", whole["model"]["activation"] == "leaky_relu"
    assert whole["loss"]["margin"] == (0.0 if is_focal else None)
    assert whole["model"]["slope"] == (0.01 if is_leaky else None)
    read = parse_config(whole)
    assert (config_hash(read), setting_hash(read), as_json(read)) == (experiment, setting, whole)


def test_a_run_of_before_goes_on_with_what_it_meant(settings: Any) -> None:
    folder = RunDir(settings.run_dir(1))
    folder.create(parse_config(FOCAL))
    folder.config.write_text(json.dumps(stored(FOCAL)))
    assert flatten(as_json(folder.read_config()))["loss.margin"] == 0.0
    assert flatten(as_json(parse_config(FOCAL)))["loss.margin"] == 0.5
    assert config_hash(parse_config(FOCAL)) != config_hash(folder.read_config())
