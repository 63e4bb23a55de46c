"""Pictures that a run's network is shown: against what it said itself, and against the rules of decoding."""

import json
import subprocess
import sys
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from tests.trainer.test_second_stage import NAMES, STAGES, entered, run
from tests.trainer.tiny import tiny_arrays, tiny_config
from trainer.checkpoint import load_checkpoint
from trainer.errors import CheckpointError, DataError
from trainer.loop import train
from trainer.picture_answers import Picture, answers
from trainer.pictures import picture_files
from trainer.predicting import load_predictor
from trainer.prediction_file import read_members
from trainer.run_dir import RunDir

pytestmark = pytest.mark.slow
ROUNDED = 2**-10
"""Half a step of float16, relative: what a logit may lose when it is kept."""


def png(pixels: np.ndarray[Any, np.dtype[np.uint8]]) -> bytes:
    file = BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def kept(run_dir: RunDir, at: Any = "last") -> Any:
    return read_members(run_dir.predictions_file("test", at), "logits", "predicted")


def softmax(logits: Any) -> Any:
    return torch.from_numpy(np.asarray(logits, np.float64)).softmax(1).numpy()


def given(content: bytes, name: str = "a.png") -> Picture:
    return name, lambda: content


@pytest.mark.parametrize("at", ["last", "best"])
def test_images_of_the_test_set_as_files_are_said_what_was_kept(
    at: Any, finished: RunDir, tmp_path: Path
) -> None:
    """Against the file that the run itself wrote, through PNG files and back."""
    images = tiny_arrays().test_images
    files = [tmp_path / f"{number:03}.png" for number in range(len(images))]
    for file, pixels in zip(files, images, strict=True):
        file.write_bytes(png(pixels))
    predictor = load_predictor(finished, at, tmp_path)
    found = list(answers(predictor, [(one.name, one.read_bytes) for one in files]))
    told = kept(finished, at)
    assert [one.predicted for one in found] == told["predicted"].tolist()
    expected = softmax(told["logits"])
    np.testing.assert_allclose([one.probabilities for one in found], expected, atol=4 * ROUNDED)
    logits = predictor.logits(images).astype(np.float16)
    np.testing.assert_array_equal(logits, told["logits"])


@pytest.mark.parametrize("stage", STAGES, ids=NAMES)
def test_a_second_stage_is_asked_with_its_own_last_layer(stage: dict[str, Any], tmp_path: Path) -> None:
    arrays = tiny_arrays((40, 20, 6))
    first = entered(tiny_config(), None, tmp_path / "first")
    run(tiny_config(), arrays, first)
    folder = entered(tiny_config(second_stage=stage), first, tmp_path / "second")
    run(tiny_config(second_stage=stage), arrays, folder)
    logits = load_predictor(folder, "last", tmp_path).logits(arrays.test_images)
    np.testing.assert_array_equal(logits.astype(np.float16), kept(folder)["logits"])


def test_a_network_for_sigmoid_and_one_for_cosines_are_shaped_as_they_were(tmp_path: Path) -> None:
    for number, loss in enumerate(({"name": "focal", "probability": "sigmoid"}, {"name": "ldam"})):
        folder = RunDir(tmp_path / str(number))
        arrays = tiny_arrays()
        list(train(tiny_config(loss=loss, optim={"epochs": 1}), arrays, folder, lambda: False))
        logits = load_predictor(folder, "last", tmp_path).logits(arrays.test_images)
        np.testing.assert_array_equal(logits.astype(np.float16), kept(folder)["logits"])


def test_a_turned_photograph_of_another_size_is_seen_upright(finished: RunDir, tmp_path: Path) -> None:
    upright = np.zeros((64, 64, 3), np.uint8)
    upright[:32] = 255
    file = BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned a quarter clockwise
    Image.fromarray(np.rot90(upright)).save(file, "PNG", exif=exif)
    predictor = load_predictor(finished, "last", tmp_path)
    plain, turned = answers(predictor, [given(png(upright)), given(file.getvalue())], seen=True)
    assert turned.turned
    assert (turned.width, turned.height) == (64, 64)
    assert turned.seen == plain.seen
    assert turned.probabilities == plain.probabilities
    assert sum(plain.probabilities) == pytest.approx(1, abs=1e-12)


def test_what_cannot_be_read_is_said_and_the_others_are_answered(finished: RunDir, tmp_path: Path) -> None:
    good = png(tiny_arrays().test_images[0])
    pictures = [given(b"", "empty"), given(good, "good"), given(good[:200], "cut"),
                ("gone", (tmp_path / "gone.png").read_bytes)]  # fmt: skip
    found = {one.name: one for one in answers(load_predictor(finished, "last", tmp_path), pictures)}
    assert found["empty"].error == "the file is empty"
    assert "damaged or cut off" in (found["cut"].error or "")
    assert "No such file" in (found["gone"].error or "")
    assert found["good"].error is None
    assert found["good"].predicted == kept(finished)["predicted"][0]


def test_no_checkpoint_is_told_and_an_old_one_takes_the_size_of_its_data_set(
    finished: RunDir, datasets_dir: Path
) -> None:
    last = finished.checkpoints / "last.pt"
    saved = load_checkpoint(last)
    del saved["image_size"]
    torch.save(saved, last)
    assert load_predictor(finished, "last", datasets_dir).image_size == tiny_arrays().info.image_size
    last.unlink()
    with pytest.raises(CheckpointError, match="no checkpoint of the last epoch"):
        load_predictor(finished, "last", datasets_dir)


def test_a_folder_gives_its_images_by_name_and_nothing_else(tmp_path: Path) -> None:
    for name in ("b.PNG", "a.jpg", "notes.txt", ".hidden.png", "deep/c.webp", ".cache/d.png"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.touch()
    names = [path.relative_to(tmp_path).as_posix() for path in picture_files([tmp_path])]
    assert names == ["a.jpg", "b.PNG", "deep/c.webp"]
    assert picture_files([tmp_path / "notes.txt"]) == [tmp_path / "notes.txt"]
    with pytest.raises(DataError, match="no file or folder"):
        picture_files([tmp_path / "nothing"])


def test_the_child_answers_what_the_library_answers(finished: RunDir, tmp_path: Path) -> None:
    contents = [png(pixels) for pixels in tiny_arrays().test_images[:3]]
    request = {"run": str(finished.path), "datasets": str(tmp_path), "at": "last", "seen": False,
               "pictures": [[str(number), len(one)] for number, one in enumerate(contents)]}  # fmt: skip
    lost = request | {"run": str(tmp_path / "nothing"), "pictures": []}
    sent = json.dumps(request).encode() + b"\n" + b"".join(contents) + json.dumps(lost).encode() + b"\n"
    command = [sys.executable, "-m", "trainer.prediction_child"]
    told = subprocess.run(command, input=sent, capture_output=True, check=True).stdout
    first, second = told.splitlines()
    found, refused = json.loads(first), json.loads(second)
    expected = softmax(kept(finished)["logits"][:3])
    shares = [one["probabilities"] for one in found["answers"]]
    np.testing.assert_allclose(shares, expected, atol=4 * ROUNDED)
    assert (found["epoch"], found["image_size"]) == (3, 16)
    assert "no checkpoint" in refused["error"]
