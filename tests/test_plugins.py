"""A loss, a model, a sampler, a policy and a mixing from outside: in the configuration, trained from a shell,
and on a board.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest

from app.client import Client
from tests.app.real_processes import Family, add_tiny_dataset
from tests.toy_plugin import BROKEN, CHOSEN, TOY
from trainer.config import RunConfig, config_hash
from trainer.plugins import ENVIRONMENT, take_options

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]
OWN = {"loss.slope", "model.units", "sampling.draws", "policy.level", "mixing.label"}
"""The fields of the toy plugin."""
ASK = """
import json, sys
from trainer import plugins
from trainer.config import RunConfig, as_json, config_hash, parse_config
from trainer.config_fields import choices, leaf_fields
from trainer.config_meaning import idle
from trainer.errors import ConfigError

def refused():
    try:
        parse_config({"loss": {"name": "half"}})
    except ConfigError as error:
        return error.fields[0].message

print(json.dumps({
    "problems": plugins.problems(), "torch": "torch" in sys.modules, "fields": list(leaf_fields()),
    "losses": choices("loss.name"), "help": leaf_fields()["loss.name"].description,
    "hash": config_hash(RunConfig()), "idle": sorted(idle({})),
    "refused": refused(),
    "chosen": as_json(parse_config(json.loads(sys.argv[1]))) if len(sys.argv) > 1 else None,
}))
"""


@pytest.fixture(scope="module")
def plugin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("plugins") / "toy.py"
    path.write_text(TOY)
    return path


def asked(*plugins: Path, chosen: object = None) -> dict[str, Any]:
    """What a process with these plugins says of configurations."""
    environment = {**os.environ, ENVIRONMENT: os.pathsep.join(map(str, plugins))}
    command = [sys.executable, "-c", ASK, *([json.dumps(chosen)] if chosen else [])]
    said = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(said.stdout)
    return found


def test_its_choices_and_fields_join_and_nothing_else_changes(plugin: Path) -> None:
    said = asked(plugin, chosen=CHOSEN)
    assert (said["problems"], said["torch"]) == ([], False)
    assert said["losses"][-1] == "toy_loss"
    assert said["help"].endswith("toy_loss: rises")
    assert set(said["fields"]) & set(said["idle"]) >= OWN
    assert said["hash"] == config_hash(RunConfig())
    assert said["chosen"]["loss"]["slope"] == 3.0
    assert (said["chosen"]["loss"]["gamma"], said["chosen"]["model"]["width"]) == (None, None)
    sampling = said["chosen"]["sampling"]
    assert (sampling["name"], sampling["draws"]) == ("toy_sampler", 20)
    used = {name: value for name, value in said["chosen"]["policy"].items() if value is not None}
    assert used == {"name": "toy_policy", "level": 7}
    assert said["chosen"]["mixing"]["label"] == 2


def test_one_that_fails_leaves_nothing_behind(plugin: Path, tmp_path: Path) -> None:
    broken, missing = tmp_path / "broken.py", tmp_path / "missing.py"
    broken.write_text(BROKEN)
    said = asked(broken, missing, plugin)
    first, second = said["problems"]
    assert first == f"The plugin {broken} was left out: RuntimeError: nothing works here"
    assert second.startswith(f"The plugin {missing} was left out: FileNotFoundError")
    assert said["refused"].endswith(f'got "half"; one of your own needs its --plugin FILE. {first}. {second}')
    assert (said["losses"][-1], said["losses"].count("half")) == ("toy_loss", 0)


@pytest.mark.parametrize(
    ("loss", "words"),
    [
        ('name="focal", fields=Section', "already"),
        ('name="No word", fields=Section', "named by a-z"),
        ('name="other", fields=fields(beta=1.0)', "field beta of the loss other has the name of one"),
        ('name="other", fields=fields(gamma=1.0)', "is declared otherwise by focal"),
        ('name="other", fields=fields(own=...)', "needs a default"),
    ],
)
def test_an_entry_that_cannot_be_is_refused_by_name(loss: str, words: str, tmp_path: Path) -> None:
    path = tmp_path / "wrong.py"
    path.write_text(
        "from pydantic import create_model\n"
        "from trainer.config_section import Section\n"
        "from trainer.losses import LOSSES, Loss\n"
        "fields = lambda **own: create_model('Own', __base__=Section, "
        "**{name: (float, value) for name, value in own.items()})\n"
        f"LOSSES.add(Loss({loss}, title='x', short='x', build=None))\n"
    )
    command = [
        sys.executable,
        "-c",
        "import trainer.config; from trainer import plugins; print(*plugins.problems())",
    ]
    environment = {**os.environ, ENVIRONMENT: str(path)}
    said = subprocess.run(
        command, env=environment, cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    assert str(path) in said
    assert words in said


def test_fields_of_an_absent_plugin_stay_in_what_is_stored() -> None:
    from trainer.config import completed

    stored = completed({**CHOSEN, "optim": {"epochs": 2}})
    assert (stored["loss"]["name"], stored["loss"]["slope"]) == ("toy_loss", 3.0)
    assert stored["model"]["units"] == 5


def test_the_option_is_taken_off_and_passed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ENVIRONMENT, "/a.py")
    left = take_options(["run", "--plugin", "/b.py", "x", "--plugin=/a.py", "--", "--plugin", "y"])
    assert left == ["run", "x", "--", "--plugin", "y"]
    assert os.environ[ENVIRONMENT] == os.pathsep.join(["/a.py", "/b.py"])


def test_a_shell_trains_them(plugin: Path, tmp_path: Path) -> None:
    """The loss of epoch e is slope x e, of 20 draws in batches of 16: two steps.

    All of them look alike, and their heavier label is the same.
    """
    add_tiny_dataset(tmp_path / "datasets")
    (tmp_path / "run.json").write_text(json.dumps(CHOSEN))
    command = [sys.executable, "-m", "trainer", "run", str(tmp_path / "run.json"), "--plugin", str(plugin),
               "--out", str(tmp_path / "out"), "--datasets", str(tmp_path / "datasets"), "--json",
    ]  # fmt: skip
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    events = [json.loads(line)["event"] for line in done.stdout.splitlines()]
    started = next(event for event in events if event["kind"] == "started")
    assert (started["images_per_epoch"], started["steps_per_epoch"]) == (20, 2)
    assert started["parameters"] == 3 * 16 * 16 * 5 + 5 + 5 * 3 + 3
    epochs = [event for event in events if event["kind"] == "epoch"]
    assert [event["train_loss"] for event in epochs] == [3.0, 6.0]
    assert all("dead_units/hidden" in event["scalars"] for event in epochs)
    assert all(event["train_accuracy"] in (0, 1) for event in epochs), "one picture, and one label"


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("board")
    add_tiny_dataset(folder / "datasets")
    return folder


def family(data_dir: Path, *options: str) -> Iterator[Family]:
    board = Family(data_dir, options=options)
    try:
        yield board
    finally:
        board.kill()


def test_a_board_launches_trains_shows_and_outlives_them(plugin: Path, data_dir: Path) -> None:
    for board in family(data_dir, "--plugin", str(plugin)):
        run_id = trained(board.url)
    for board in family(data_dir, "--workers", "0"):
        remembered(board.url, run_id)


def trained(url: str) -> int:
    form = httpx.get(f"{url}/runs/new", timeout=60).text
    assert [name for name in OWN if f'name="{name}"' not in form] == []
    assert "slope" in httpx.get(f"{url}/api/openapi.json", timeout=60).text
    with Client(url) as board:
        preview = board.validate(CHOSEN)
        assert (preview.images_per_epoch, preview.steps_per_epoch) == (20, 2)
        run = board.wait(board.launch(CHOSEN).id, timeout=300)
        plain = board.wait(board.launch({**CHOSEN, "loss": {}, "model": {"width": 2}}).id, timeout=300)
        assert (run.state, plain.state) == ("completed", "completed"), (run.error, plain.error)
        labels = [row.label.partition(",")[0] for row in board.comparison([run.id, plain.id]).rows]
        assert labels == ["Toy", "CE"]
        sweep = board.launch_sweep({**CHOSEN, "seed": 1}, {"loss.slope": [1.0, 2.0]})
        assert board.wait_sweep(sweep.id, timeout=300).counts.completed == 2
    page = httpx.get(f"{url}/runs/{run.id}", timeout=60).text
    assert "Slope" in page
    assert "toy loss" in page
    return run.id


def remembered(url: str, run_id: int) -> None:
    """Without the plugin: listed, compared and shown; a launch of the same is refused by name."""
    both = f"compare?runs={run_id},{run_id + 1}"
    for path in ("/runs", f"/runs/{run_id}", f"/{both}", f"/runs/new?clone={run_id}", "/sweeps/1"):
        answer = httpx.get(url + path, headers={"accept": "text/html"}, timeout=60)
        assert answer.status_code == 200, path
        assert "toy" in answer.text.lower(), path
    assert httpx.get(f"{url}/api/v1/{both}", timeout=60).status_code == 200
    [warning] = httpx.get(f"{url}/api/v1/runs/{run_id}", timeout=60).json()["warnings"][:1]
    assert warning.startswith("The loss toy_loss is not known here")
    refused = httpx.post(f"{url}/api/v1/runs", json={"config": CHOSEN}, timeout=60)
    assert refused.status_code == 422
    assert "toy_loss" in refused.text
