"""python -m trainer: usage errors, exit codes, JSON lines, and stopping by signal."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner, Result

from tests.trainer.tiny import TINY, tiny_config
from trainer.command import main
from trainer.config import PRESETS, as_json, parse_config
from trainer.events import ENTRY
from trainer.journal import read_entries
from trainer.run_dir import RunDir

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _process_as_before() -> Iterator[None]:
    """A run sets signal handlers and makes torch deterministic; the next test gets what there was."""
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in handlers.items():
        signal.signal(number, handler)
    torch.use_deterministic_algorithms(False)


@pytest.fixture
def config_path(tmp_path: Path) -> Path:
    path = tmp_path / "config.json"
    path.write_text(json.dumps(TINY))
    return path


def invoke(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def start(*arguments: object) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "trainer", *map(str, arguments)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_presets_are_complete_configurations() -> None:
    printed = json.loads(invoke("presets").stdout)
    assert list(printed) == list(PRESETS)
    for content in printed.values():
        assert as_json(parse_config(content)) == content


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--set", "loss.beta"], "FIELD=VALUE"),
        (["--set", "loss.betta=1"], "loss.beta"),
        (["--set", "optim.learning_rate=fast"], "optim.learning_rate"),
    ],
)
def test_wrong_settings_are_refused_by_name(
    arguments: list[str], said: str, config_path: Path, tmp_path: Path
) -> None:
    result = invoke("run", config_path, "--out", tmp_path / "run", *arguments)
    assert result.exit_code == 2
    assert said in result.stderr
    assert "Traceback" not in result.output
    assert not (tmp_path / "run").exists()


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    result = invoke("run", tmp_path / "none.json", "--out", tmp_path / "run")
    assert result.exit_code == 2
    assert "none.json" in result.stderr


def test_a_folder_of_another_run_is_refused(config_path: Path, tmp_path: Path) -> None:
    RunDir(tmp_path / "run").create(tiny_config(seed=9))
    result = invoke("run", config_path, "--out", tmp_path / "run")
    assert result.exit_code == 2
    assert "another configuration" in result.stderr
    assert RunDir(tmp_path / "run").read_config().seed == 9


def test_an_unwritable_place_is_refused(config_path: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    result = invoke("run", config_path, "--out", tmp_path / "file" / "run")
    assert result.exit_code == 2
    assert "cannot be written" in result.stderr


def test_a_run_for_people(config_path: Path, datasets_dir: Path, tmp_path: Path) -> None:
    result = invoke("run", config_path, "--out", tmp_path / "run", "--datasets", datasets_dir,
                    "--set", "optim.epochs=2", "--set", "threads=1")  # fmt: skip
    assert (result.exit_code, result.stderr) == (0, "")
    assert [line.split(":")[0] for line in result.stdout.splitlines()[2:4]] == ["epoch 1", "epoch 2"]
    assert "Finished 2 epochs" in result.stdout
    assert RunDir(tmp_path / "run").read_config().optim.epochs == 2


def test_a_second_stage_goes_on_from_the_folder_of_the_first(
    config_path: Path, datasets_dir: Path, tmp_path: Path
) -> None:
    common = ("--datasets", datasets_dir, "--set", "optim.epochs=1", "--set", "threads=1")
    invoke("run", config_path, "--out", tmp_path / "first", *common)
    second = ("run", config_path, "--out", tmp_path / "second", *common, "--set", "second_stage.name=crt",
              "--set", "second_stage.epochs=2")  # fmt: skip
    wanting = invoke(*second)
    assert (wanting.exit_code, "--first-stage: is wanting" in wanting.stderr) == (2, True)
    found = invoke(*second, "--first-stage", tmp_path / "first")
    assert (found.exit_code, found.stderr) == (0, "")
    assert "Second stage, cRT: a new last layer is trained" in found.stdout
    assert "Finished 2 epochs" in found.stdout
    assert invoke(*second).exit_code == 0, "its folder names the first stage"


def test_a_first_stage_is_of_no_use_without_a_second(config_path: Path, tmp_path: Path) -> None:
    refused = invoke("run", config_path, "--out", tmp_path / "run", "--first-stage", tmp_path)
    assert refused.exit_code == 2
    assert "--first-stage: is of no use" in refused.stderr


def test_a_failed_run_exits_with_1(config_path: Path, datasets_dir: Path, tmp_path: Path) -> None:
    result = invoke("run", config_path, "--out", tmp_path / "run", "--datasets", datasets_dir,
                    "--set", "data.dataset=folder:none")  # fmt: skip
    assert (result.exit_code, result.stderr) == (1, "")
    assert "Failed: There is no data set 'folder:none'." in result.stdout


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_json_lines_are_the_journal_and_a_signal_stops_after_the_step(
    number: signal.Signals, config_path: Path, datasets_dir: Path, tmp_path: Path
) -> None:
    process = start("run", config_path, "--out", tmp_path / "run", "--datasets", datasets_dir, "--json",
                    "--set", "optim.epochs=9999", "--set", "threads=1")  # fmt: skip
    assert process.stdout is not None
    seen = [next(process.stdout) for _ in range(4)]
    process.send_signal(number)
    rest, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (3, "")
    told = [ENTRY.validate_json(line) for line in [*seen, *rest.splitlines()]]
    assert told == [entry for entry, _ in read_entries(tmp_path / "run" / "events.jsonl")]
    assert told[-1].event.kind == "stopped"
