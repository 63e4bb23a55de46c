"""What networks made of the first test images: for maps a sheet of pictures, for the rest words. No torch."""

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from app.formats import DASH, significant
from app.task_transfers.readings import best_first, title_of
from app.task_transfers.view import TaskTransferView
from trainer.transfer.between_tasks.store import ALONE, SAMPLES, Slot, TransferStore, Way
from trainer.transfer.tasks import TASKS, Examples, Task
from trainer.transfer.tasks.angles import COS_SIN

Values = NDArray[Any]
Pixels = NDArray[np.uint8]
ENLARGED, GAP = 4, 8
INSIDE, OUTSIDE = (0x1D, 0x6F, 0xB8), (0xD9, 0x7A, 0x1F)
"""Of a map with a sign: below 0 and above."""
NEUTRAL, BRIGHT = 128, 240


@dataclass(frozen=True)
class Sample:
    """What a network predicted of the first test images, in the targets' units; None where it is not kept."""

    label: str
    about: str
    values: Values | None


def samples_of(view: TaskTransferView, datasets_dir: Path, target: str, images: int) -> tuple[Sample, ...]:
    """The target's own network, its best and its worst source, and one from scratch, with the first seed.

    Best and worst are by affinity, which validation images tell. Raises DataError for a damaged file.
    """
    store = TransferStore(datasets_dir)

    def sample(label: str, about: str, way: Way, key: str) -> Sample:
        slot = Slot(target, way, 0 if way == "full" else images, view.seeds[0], view.width, view.epochs)
        found = store.outcomes(slot).get(key)
        return Sample(label, about, None if found is None else np.asarray(found.samples, np.float32))

    found = [one.sources[0] for one in best_first(view, target, images)]
    ends = [("best transfer", found[0]), ("worst transfer", found[-1])] if found else []
    return (
        sample("own network", "all images", "full", ALONE),
        *(sample(label, title_of(source), "frozen", source) for label, source in ends),
        sample("from scratch", f"{images:,} images", "scratch", ALONE),
    )


def sheet(task: Task, examples: Examples, samples: Sequence[Sample]) -> bytes:
    """A PNG: a row of inputs; for a map one of the truth and one a sample below; what is not kept is left out
    as an empty row. Nothing but pixels, each enlarged to a square of `ENLARGED`.
    """
    rows: list[Pixels | None] = [examples.inputs[:SAMPLES]]
    if task.kind == "map":
        truth = np.asarray(examples.targets[:SAMPLES], np.float32)
        rows += [painted(truth, truth)]
        rows += [None if one.values is None else painted(one.values, truth) for one in samples]
    side = ENLARGED * examples.inputs.shape[1]
    step = side + GAP
    canvas = np.zeros((len(rows) * step - GAP, SAMPLES * step - GAP, 4), np.uint8)
    for down, row in enumerate(rows):
        for across, picture in enumerate(row if row is not None else ()):
            place = np.s_[down * step : down * step + side, across * step : across * step + side]
            canvas[place][..., :3] = picture.repeat(ENLARGED, 0).repeat(ENLARGED, 1)
            canvas[place][..., 3] = 255
    written = io.BytesIO()
    Image.fromarray(canvas).save(written, "PNG")
    return written.getvalue()


def painted(values: Values, truth: Values) -> Pixels:
    """Maps [N, C, H, W] as colours [N, H, W, 3], on the scale of the truth.

    Three channels are red, green and blue; two are a direction, as hue, gray where the truth has none; one
    is a gray from 0 to the highest truth, or, where the truth has a sign, blue, white, orange. What is not
    finite is `NEUTRAL`: a network that diverged predicts NaN.
    """
    is_finite = _finite(values)
    known = np.where(is_finite[:, None], values, 0)
    colours = _coloured(known, np.nan_to_num(truth, nan=0, posinf=0, neginf=0))
    pixels: Pixels = np.where(is_finite[..., None], colours, np.uint8(NEUTRAL))
    return pixels


def _finite(values: Values) -> Values:
    """Where every channel is."""
    return np.asarray(np.isfinite(values).all(1))


def _coloured(values: Values, truth: Values) -> Pixels:
    """The same of what is finite."""
    if values.shape[1] == 3:
        return _pixels(255 * np.clip(values, 0, 1).transpose(0, 2, 3, 1))
    if values.shape[1] == 2:
        return _directions(values, truth)
    scale = float(np.abs(truth).max()) or 1.0
    level = values[:, 0] / scale
    if truth.min() >= 0:
        return _pixels(255 * np.clip(level, 0, 1)[..., None].repeat(3, -1))
    far = np.clip(np.abs(level), 0, 1)[..., None]
    ends = np.where((level < 0)[..., None], np.array(INSIDE), np.array(OUTSIDE))
    return _pixels(255 + far * (ends - 255))


def _directions(values: Values, truth: Values) -> Pixels:
    """Red to the right, then against the clock; the paler, the shorter the vector is than 1."""
    right, down = np.moveaxis(values, 1, 0)
    hue = np.arctan2(-down, right) % (2 * np.pi) / (2 * np.pi)
    strength = np.clip(np.hypot(right, down), 0, 1)
    place = (np.array([5.0, 3.0, 1.0]) + 6 * hue[..., None]) % 6
    colours = BRIGHT * (1 - strength[..., None] * np.clip(np.minimum(place, 4 - place), 0, 1))
    has_none = (truth == 0).all(1)[..., None]
    return _pixels(np.where(has_none, NEUTRAL, colours))


def _pixels(colours: Values) -> Pixels:
    pixels: Pixels = colours.round().astype(np.uint8)
    return pixels


def truth_texts(task: Task, examples: Examples) -> tuple[str, ...]:
    """The targets of the first test images in words, a dash where an image has none."""
    counted = examples.counted
    texts = _texts(task, np.asarray(examples.targets[:SAMPLES]))
    return tuple(text if counted is None or counted[at] else DASH for at, text in enumerate(texts))


def sample_texts(task: Task, sample: Sample) -> tuple[str, ...]:
    """What was predicted of each image, in words; a dash where that is not finite."""
    if sample.values is None:
        return (DASH,) * SAMPLES
    if task.kind != "classes":
        return tuple(_texts(task, sample.values))
    is_finite = _finite(sample.values)
    told = _texts(task, np.where(is_finite[:, None], sample.values, 0).argmax(1))
    return tuple(text if known else DASH for text, known in zip(told, is_finite, strict=True))


def _texts(task: Task, values: Values) -> list[str]:
    if task.kind == "classes":
        return [task.outputs[int(value)] for value in values]
    if task.outputs == COS_SIN:
        return [_angle(float(cos), float(sin)) for cos, sin in values]
    return [", ".join(significant(float(number), 2) for number in row) for row in values]


def _angle(cos: float, sin: float) -> str:
    if not (math.isfinite(cos) and math.isfinite(sin)):
        return DASH
    return f"{round(math.degrees(math.atan2(sin, cos))) % 360}°"


def heading(task: Task) -> str:
    """What the words are, with their unit."""
    if task.kind == "classes":
        return "class"
    if task.outputs == COS_SIN:
        return "angle in degrees"
    return ", ".join(task.outputs) + (f"; {task.units}" if task.units else "")


def legend(task: Task) -> str:
    """How to read the colours of a map; "" for other tasks and for pictures."""
    if task.kind != "map" or len(task.outputs) == 3:
        return ""
    if len(task.outputs) == 2:
        return (
            "The hue is the direction: red to the right, yellow-green up, cyan to the left, violet down; "
            "paler where the predicted vector is short. Gray pixels have no direction and do not count."
        )
    if task.name == "distance":
        return f"Blue is inside the shape, orange outside, white the outline; {task.units}."
    return "Black is 0, white the highest value of the truth" + (f"; {task.units}." if task.units else ".")


def known_task(name: str) -> Task | None:
    """The task of that name, if there is one."""
    return TASKS.get(name)
