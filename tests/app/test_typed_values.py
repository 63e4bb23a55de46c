"""One text means one value at every door: form, --set, axis, sweep's file; what is shown reads back."""

import json
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from app.cli.launch import resolve as launch_command
from app.cli.sweep import resolve as sweep_command
from app.cli.sweep_file import read_sweep_file
from app.errors import InvalidError
from app.pages.launch.body import read_form
from app.pages.launch.typed import as_typed
from app.pages.runs.config_table import recipes
from app.schemas import LaunchBody, SweepBody
from app.views.runs.fill import run_detail
from tests.examples import at_most
from trainer.config import RunConfig, as_json, parse_config
from trainer.config_fields import as_text, flatten, from_text, leaf_fields, nest, takes_list, typed
from trainer.errors import ConfigError
from trainer.sweep_text import parse_axis

SeedRun = Callable[..., int]
MARGINS = {"loss.name": "focal", "loss.weighting": "class_balanced", "data.validation_fraction": "0.2"}
"""With these every field has an effect."""
BESIDE = {path: typed(path, text) for path, text in MARGINS.items()}


def by_set(path: str, text: str) -> RunConfig:
    fields = {**MARGINS, path: text}
    return parse_config(launch_command(None, {}, tuple(f"{key}={one}" for key, one in fields.items())))


def by_form(path: str, text: str) -> RunConfig:
    body = read_form({**MARGINS, path: text})
    assert isinstance(body, LaunchBody)
    return body.config


def by_axis(path: str, text: str) -> RunConfig:
    [value] = parse_axis(path, text)
    return parse_config(nest({**BESIDE, path: value}))


def by_file(path: str, text: str, folder: Path) -> RunConfig:
    file = folder / "sweep.json"
    file.write_text(json.dumps({"base": {}, "axes": {path: text}}))
    [value] = read_sweep_file(file)["axes"][path]
    return parse_config(nest({**BESIDE, path: value}))


@pytest.mark.parametrize("text", ["", " ", "none", "None", "[]", "null"])
@pytest.mark.parametrize("path", [path for path in leaf_fields() if takes_list(path)])
def test_the_empty_list(tmp_path: Path, path: str, text: str) -> None:
    """No milestone is a choice; no block and no weight by hand are none, and mean what is usual."""
    made = [by_set(path, text), by_form(path, text), by_axis(path, text), by_file(path, text, tmp_path)]
    usual = flatten(as_json(parse_config(from_text(MARGINS))))
    wanted = [] if path == "optim.milestones" else usual[path]
    assert [flatten(as_json(config))[path] for config in made] == [wanted] * 4


@pytest.mark.parametrize(
    "path", [path for path in leaf_fields() if not (takes_list(path) or path in MARGINS)]
)
@pytest.mark.parametrize("text", ["", "  "])
def test_a_blank_is_the_default(tmp_path: Path, path: str, text: str) -> None:
    usual = parse_config(from_text(MARGINS))
    doors = (by_set, by_form, by_axis, lambda path, text: by_file(path, text, tmp_path))
    assert [door(path, text) for door in doors] == [usual] * 4


@given(
    number=st.floats(0, 1e300, allow_nan=False),
    whole=st.integers(-(10**6), 10**6),
    listed=st.lists(st.integers(1, 10**6), max_size=5),
)
def test_what_is_shown_reads_back(number: float, whole: int, listed: list[int]) -> None:
    assert typed("optim.learning_rate", as_text(number)) == number
    assert typed("seed", as_text(whole)) == whole
    assert typed("optim.milestones", as_text(listed)) == listed
    assert parse_axis("optim.milestones", "; ".join([as_text(listed) or "none", "3"])) == [listed, [3]]


@given(
    fields=st.fixed_dictionaries(
        {},
        optional={
            "loss.beta": st.floats(0, 0.9999),
            "loss.gamma": st.floats(0, 20),
            "loss.name": st.sampled_from(["focal", "cross_entropy"]),
            "loss.weighting": st.sampled_from(["none", "class_balanced"]),
            "optim.learning_rate": st.floats(1e-9, 10),
            "optim.weight_decay": st.floats(0, 1),
            "optim.schedule": st.sampled_from(["step", "cosine"]),
            "optim.milestones": st.just([]) | st.just([2, 5]),
            "data.imbalance_ratio": st.floats(1, 500),
            "data.augment": st.booleans(),
            "data.max_train_per_class": st.none() | st.integers(20, 100),
            "seed": st.integers(0, 2**31 - 1),
        },
    )
)
@hypothesis_settings(max_examples=at_most(100))
def test_a_run_cloned_in_the_form_is_the_run(fields: dict[str, Any]) -> None:
    config = parse_config(nest(fields))
    body = read_form(as_typed(config))
    assert isinstance(body, LaunchBody)
    assert body.config == config


@given(ratio=st.floats(1, 500), milestones=st.lists(st.integers(1, 9), unique=True, max_size=3).map(sorted))
@hypothesis_settings(max_examples=at_most(20), suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_command_on_a_run_page_is_the_run(
    client: TestClient, seed_run: SeedRun, ratio: float, milestones: list[int]
) -> None:
    config = {"data": {"imbalance_ratio": ratio}, "optim": {"milestones": milestones, "epochs": 10}}
    with client.app.state.database.read() as session:  # type: ignore[attr-defined]
        run = run_detail(session, seed_run("queued", config=config))
    words = shlex.split(recipes(run, "http://localhost")[0].text)
    given_fields = tuple(words[at + 1] for at, word in enumerate(words) if word == "--set")
    assert parse_config(launch_command(None, {}, given_fields)) == parse_config(run.config)


class TestDecimalComma:
    @pytest.mark.parametrize("text", ["0,5", " 0,5 ", "0,5, 1,5", "1, 0,5"])
    def test_is_asked_about_at_every_door(self, tmp_path: Path, text: str) -> None:
        with pytest.raises(InvalidError) as form:
            read_form({"loss.name": "focal", "loss.gamma": text})
        assert [problem.path for problem in form.value.fields] == ["loss.gamma"]
        said = [form.value.fields[0].message]
        for door in (
            lambda: sweep_command(
                None, {"base": {}, "axes": {}, "baselines": []}, (), (f"loss.gamma={text}",), ()
            ),
            lambda: by_file("loss.gamma", text, tmp_path),
        ):
            with pytest.raises(ConfigError) as caught:
                door()
            said.append(caught.value.fields[0].message)
        assert set(said) == {"holds 0,5, which reads as two values; write 0.5, or 0, 5 for two"}

    @pytest.mark.parametrize(
        ("text", "values"),
        [("0, 5", [0, 5]), ("0 ,5", [0, 5]), ("0.5,1", [0.5, 1]), ("0,0.5", [0, 0.5]), ("0,1,2", [0, 1, 2]),
         ("1e0,2", [1.0, 2]), ("0.5", [0.5])],
    )  # fmt: skip
    def test_lists_that_can_be_nothing_else(self, text: str, values: list[float]) -> None:
        assert parse_axis("loss.gamma", text) == values
        body = read_form({"loss.name": "focal", "loss.gamma": text})
        if len(values) > 1:
            assert isinstance(body, SweepBody)
            assert body.axes == {"loss.gamma": values}

    def test_whole_numbers_have_no_decimals(self) -> None:
        assert parse_axis("seed", "0,5") == [0, 5]
        assert parse_axis("optim.milestones", "6,8") == [[6, 8]]

    def test_the_form_says_it_at_the_field(self, client: TestClient) -> None:
        page = client.post(
            "/runs/new", data={"loss.name": "focal", "loss.gamma": "0,5"}, headers={"accept": "text/html"}
        )
        assert page.status_code == 422
        assert "reads as two values; write 0.5" in page.text
        assert client.get("/api/v1/runs").json()["total"] == 0
