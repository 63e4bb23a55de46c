"""`betaboard predict`: over REST and in a data folder it says the same, of files and of folders."""

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result

from app.cli import main
from app.client.pictures import _parts
from app.settings import Settings
from tests.app.pictures import IMAGES, png, with_networks
from tests.trainer.tiny import CLASSES
from trainer.prediction_file import read_members
from trainer.run_dir import RunDir

pytestmark = pytest.mark.slow


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    folder = tmp_path / "pictures"
    folder.mkdir()
    for number, pixels in enumerate(IMAGES):
        (folder / f"{number:02}.png").write_bytes(png(pixels))
    return folder


@pytest.fixture
def where(settings: Settings, web_url: str) -> dict[str, list[str]]:
    with_networks(settings.data_dir)
    return {"offline": ["--data-dir", str(settings.data_dir)], "rest": ["--url", web_url]}


def call(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["predict", *map(str, arguments)], catch_exceptions=False)


def test_both_ways_say_what_the_run_kept(
    where: dict[str, list[str]], pictures: Path, settings: Settings
) -> None:
    said = {way: json.loads(call("1", pictures, "--json", *options).stdout) for way, options in where.items()}
    assert said["offline"] == said["rest"]
    kept = read_members(RunDir(settings.run_dir(1)).predictions_file("test", "last"), "logits", "predicted")
    powers = np.exp(kept["logits"].astype(np.float64))
    shares = powers / powers.sum(axis=1, keepdims=True)
    items = said["rest"]["items"]
    np.testing.assert_allclose([item["probabilities"] for item in items], shares, atol=2e-3)
    assert [item["predicted"] for item in items] == [CLASSES[at] for at in kept["predicted"]]
    assert [Path(item["name"]).name for item in items] == [
        f"{number:02}.png" for number in range(len(IMAGES))
    ]


def test_a_table_for_people_a_csv_for_machines_and_an_exit_code_for_what_was_not_read(
    where: dict[str, list[str]], pictures: Path
) -> None:
    (pictures / "00.png").write_bytes(b"no picture")
    table = call("1", pictures / "01.png", *where["offline"])
    assert table.exit_code == 0
    assert any(name in table.stdout for name in CLASSES)
    assert "not calibrated" in table.stderr
    printed = call("1", pictures, "--csv", "--epoch", "best", *where["rest"])
    assert printed.exit_code == 2
    rows = list(csv.DictReader(printed.stdout.splitlines()))
    assert len(rows) == len(IMAGES)
    assert rows[0]["error"] == "not an image, whatever its name says"
    good: dict[str, Any] = rows[1]
    assert sum(float(good[f"p:{name}"]) for name in CLASSES) == pytest.approx(1)
    assert float(good[f"p:{good['predicted']}"]) == float(good["probability"])


def test_a_picture_keeps_its_name_on_both_ways(where: dict[str, list[str]], pictures: Path) -> None:
    odd = (pictures / "00.png").rename(pictures / 'a "b", c%22.png')
    for options in where.values():
        (item,) = json.loads(call("1", odd, "--json", *options).stdout)["items"]
        assert item["name"] == str(odd)


def test_what_cannot_be_asked_says_why(where: dict[str, list[str]], pictures: Path, tmp_path: Path) -> None:
    gone, unknown = "no checkpoint", "99"
    asked = (("rest", "2", gone), ("offline", "2", gone), ("rest", unknown, "does not exist"),
             ("offline", unknown, "holds no run 99"))  # fmt: skip
    for way, run, words in asked:
        refused = call(run, pictures, *where[way])
        assert refused.exit_code == 2
        assert words in refused.stderr
    assert "no file or folder" in call("1", tmp_path / "none", *where["rest"]).stderr


def test_requests_hold_as_much_as_a_server_takes(tmp_path: Path) -> None:
    sizes = [9_000_000, 8_000_000, 17_000_000, *[1] * 101]
    paths = []
    for number, size in enumerate(sizes):
        paths.append(tmp_path / str(number))
        paths[-1].write_bytes(b"x" * size)
    parts = list(_parts(paths))
    assert [len(part) for part in parts] == [1, 1, 1, 100, 1]
    assert [name for part in parts for name, _ in part] == [str(path) for path in paths]
