"""How far hue alone goes on each version of shapes10, beside networks that see the whole image.

    python -m tests.benchmarks.shapes_hue

Hue alone is logistic regression on an image's histogram of 30 hues, each pixel counted by its chroma: it
sees no shape at all. The networks are small (width 8, six epochs). Test accuracy in percent: trained at ratio
100, there weighted (inverse frequency; class-balanced focal loss), and balanced. A minute on one core.
"""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from trainer.config import merge, parse_config
from trainer.data.cache import DatasetArrays
from trainer.data.longtail import draw
from trainer.data.sources import load
from trainer.events import Epoch
from trainer.loop import train
from trainer.run_dir import RunDir

HUES = 30
SMALL = {"model": {"width": 8}, "optim": {"epochs": 6, "milestones": [4, 5], "learning_rate": 0.02}}
BALANCED = {"data": {"imbalance": "none"}}
WEIGHTED = {"loss": {"name": "focal", "weighting": "class_balanced"}}


def hue_histograms(images: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Share of each of HUES hues among the pixels of [N, H, W, 3], weighted by chroma: [N, HUES]."""
    red, green, blue = np.moveaxis(images.astype(np.float64) / 255, -1, 0)
    chroma = np.ptp(images, axis=-1) / 255
    hue = np.arctan2(np.sqrt(3) * (green - blue), 2 * red - green - blue) / (2 * np.pi) % 1
    bins = np.minimum((hue * HUES).astype(int), HUES - 1)
    return np.stack(
        [np.bincount(b.ravel(), c.ravel(), HUES) / b.size for b, c in zip(bins, chroma, strict=True)]
    )


def hue_accuracy(arrays: DatasetArrays, data: Mapping[str, Any], class_weight: str | None) -> float:
    """Of the linear classifier on hues, trained on this subset: percent of the test images."""
    config = parse_config({"data": data}).data
    chosen = draw(arrays.train_labels, config, arrays.info.source, len(arrays.info.class_names)).train_indices
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000, class_weight=class_weight))
    model.fit(hue_histograms(arrays.train_images[chosen]), arrays.train_labels[chosen])
    return 100 * float(model.score(hue_histograms(arrays.test_images), arrays.test_labels))


def network_accuracy(arrays: DatasetArrays, overrides: Mapping[str, Any]) -> float:
    """Of a small network after its last epoch: percent of the test images."""
    config = parse_config(merge(SMALL, overrides))
    with tempfile.TemporaryDirectory() as folder:
        events = list(train(config, arrays, RunDir(Path(folder)), lambda: False))
    last = [event for event in events if isinstance(event, Epoch)][-1]
    return 100 * float(last.test_accuracy or 0)


def main() -> None:
    """Print the table."""
    torch.set_num_threads(1)
    print(f"{'':14}{'ratio 100':>12}{'weighted':>12}{'balanced':>12}")
    with tempfile.TemporaryDirectory() as folder:
        for name in ("shapes10-v1", "shapes10"):
            arrays = load(name, Path(folder), lambda _: None)
            hue = [hue_accuracy(arrays, {}, weight) for weight in (None, "balanced")]
            hue.append(hue_accuracy(arrays, {"imbalance": "none"}, None))
            networks = [network_accuracy(arrays, overrides) for overrides in ({}, WEIGHTED, BALANCED)]
            print(f"{arrays.info.source}")
            print(f"  {'hue alone':12}" + "".join(f"{value:12.1f}" for value in hue))
            print(f"  {'convnet4':12}" + "".join(f"{value:12.1f}" for value in networks), flush=True)


if __name__ == "__main__":
    main()
