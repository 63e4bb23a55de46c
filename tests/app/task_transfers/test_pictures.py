"""The sheet's pixels are those of the samples; words are what was predicted, in the task's units."""

import io
import math
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from app.formats import DASH
from app.task_transfers.pictures import (
    ENLARGED,
    GAP,
    INSIDE,
    NEUTRAL,
    OUTSIDE,
    Sample,
    painted,
    sample_texts,
    samples_of,
    sheet,
    truth_texts,
)
from app.task_transfers.readings import best_first
from tests.app.task_transfers import made
from trainer.transfer.between_tasks.store import SAMPLES
from trainer.transfer.tasks import TASKS

STEP = 32 * ENLARGED + GAP
MAPS = [task.name for task in TASKS if task.kind == "map"]


def opened(png: bytes) -> np.ndarray[tuple[int, int, int], np.dtype[np.uint8]]:
    return np.asarray(Image.open(io.BytesIO(png)))


@pytest.mark.parametrize("name", MAPS)
def test_rows_are_input_truth_and_samples(name: str) -> None:
    task, examples = TASKS[name], made.examples_of(TASKS[name])
    values = np.asarray(made.predictions(task), np.float32)
    truth = np.asarray(examples.targets[:SAMPLES], np.float32)
    seen = opened(sheet(task, examples, [Sample("own", "", values), Sample("gone", "", None)]))
    assert seen.shape == (4 * STEP - GAP, SAMPLES * STEP - GAP, 4)
    wanted = [examples.inputs[:SAMPLES], painted(truth, truth), painted(values, truth)]
    for down, row in enumerate(wanted):
        for across in range(SAMPLES):
            tile = seen[down * STEP :: ENLARGED, across * STEP :: ENLARGED][:32, :32]
            assert (tile[..., :3] == row[across]).all()
            assert (tile[..., 3] == 255).all()
    assert not seen[3 * STEP :].any()
    assert not seen[:, STEP - GAP : STEP].any()


def test_each_pixel_is_enlarged_to_a_square() -> None:
    task, examples = TASKS["segmentation"], made.examples_of(TASKS["segmentation"])
    seen = opened(sheet(task, examples, []))[:128, :128]
    assert (seen == seen[::ENLARGED, ::ENLARGED].repeat(ENLARGED, 0).repeat(ENLARGED, 1)).all()


def test_signed_maps_diverge_from_white() -> None:
    truth = np.array([-8.0, 0.0, 8.0, 4.0], np.float32).reshape(1, 1, 2, 2)
    [[[inside, middle], [outside, half]]] = painted(truth, truth).tolist()
    assert inside == list(INSIDE)
    assert middle == [255, 255, 255]
    assert outside == list(OUTSIDE)
    assert half == pytest.approx([(255 + end) / 2 for end in OUTSIDE], abs=1)


def test_gray_goes_from_nothing_to_the_highest_truth() -> None:
    truth = np.array([0.0, 0.1, 0.2, 0.2], np.float32).reshape(1, 1, 2, 2)
    assert painted(2 * truth, truth)[0, ..., 0].tolist() == [[0, 255], [255, 255]]
    assert painted(truth, truth)[0, ..., 1].tolist() == [[0, 128], [255, 255]]


def test_directions_are_hues_and_none_is_gray() -> None:
    right, up, none = (1.0, 0.0), (0.0, -1.0), (0.0, 0.0)
    truth = np.array([right, up, none, right], np.float32).T.reshape(1, 2, 2, 2)
    [[[red, green], [gray, _]]] = painted(truth, truth).tolist()
    assert red[0] > 230
    assert max(red[1:]) < 10
    assert green[1] > 230
    assert green[2] < 10
    assert gray == [NEUTRAL] * 3


def test_classes_are_named_angles_in_degrees_and_round_shapes_have_none() -> None:
    shape, turn = TASKS["shape"], TASKS["orientation"]
    names = truth_texts(shape, made.examples_of(shape))
    assert names == shape.outputs[:SAMPLES]
    assert (
        sample_texts(shape, Sample("own", "", np.asarray(made.predictions(shape, 0.01), np.float32))) == names
    )
    angles = np.radians([0, 90, 180, 270, 45, 10])
    sample = Sample("own", "", np.stack([np.cos(angles), np.sin(angles)], 1).astype(np.float32))
    assert sample_texts(turn, sample) == ("0°", "90°", "180°", "270°", "45°", "10°")
    told = truth_texts(turn, made.examples_of(turn))
    assert [text == DASH for text in told] == [name in ("disc", "ring") for name in names]
    assert sample_texts(turn, Sample("gone", "", None)) == (DASH,) * SAMPLES


@pytest.mark.parametrize("broken", [math.nan, math.inf, -math.inf])
def test_what_is_not_finite_is_a_dash(broken: float) -> None:
    for name in ("hue", "orientation", "shape", "placement"):
        task = TASKS[name]
        values = np.asarray(made.predictions(task), np.float32)
        values[0, 0] = values[2] = broken
        told, whole = sample_texts(task, Sample("own", "", values)), truth_texts(task, made.examples_of(task))
        assert [DASH in text for text in told] == [True, False, True, False, False, False], (name, whole)
        assert told[2] == (", ".join([DASH] * 3) if name == "placement" else DASH)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("name", MAPS)
@pytest.mark.parametrize("broken", [math.nan, math.inf])
def test_pixels_that_are_not_finite_are_gray_and_change_no_others(name: str, broken: float) -> None:
    task = TASKS[name]
    values = np.asarray(made.predictions(task), np.float32)
    truth = np.asarray(made.examples_of(task).targets[:SAMPLES], np.float32)
    wanted = painted(values, truth)
    values[1, 0, 3, 4] = values[2] = broken
    wanted[1, 3, 4] = wanted[2] = NEUTRAL
    seen = painted(values, truth)
    assert seen.dtype == np.uint8
    assert (seen == wanted).all()


def test_numbers_stand_with_two_figures() -> None:
    values = np.array([[1.234, -5.678, 10.0]] * SAMPLES, np.float32)
    assert sample_texts(TASKS["placement"], Sample("own", "", values))[0] == "1.2, −5.7, 10"


def test_samples_are_those_of_the_store(tmp_path: Path) -> None:
    view = made.view()
    assert [one.values for one in samples_of(view, tmp_path, "edges", 1000)] == [None] * 4
    made.keep_samples(tmp_path, view, ("edges",))
    found = samples_of(view, tmp_path, "edges", 1000)
    order = [one.sources[0] for one in best_first(view, "edges", 1000)]
    assert [(one.label, one.about) for one in found] == [
        ("own network", "all images"), ("best transfer", order[0]), ("worst transfer", order[-1]),
        ("from scratch", "1,000 images"),
    ]  # fmt: skip
    for one, noise in zip(found, (0.1, 0.3, 0.9, 0.6), strict=True):
        assert one.values is not None
        assert (one.values == np.asarray(made.predictions(TASKS["edges"], noise), np.float32)).all()
    assert samples_of(view, tmp_path, "edges", 100)[1].values is None
