"""A data set put under the name of another one makes other runs, at every door of a sweep."""

from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from starlette.testclient import TestClient

from app.settings import Settings
from trainer.data.folder import import_folder

pytestmark = pytest.mark.slow

SWEEPS = "/api/v1/sweeps"
BODY: dict[str, Any] = {
    "base": {"data": {"dataset": "folder:pets", "imbalance": "none"}},
    "axes": {"seed": [0, 1]},
}


def pictures(folder: Path, shade: int) -> Path:
    """Two classes of train and test images, all different; others for each shade."""
    for split, count in (("train", 4), ("test", 2)):
        for blue, name in enumerate(("cat", "dog")):
            (folder / split / name).mkdir(parents=True)
            for number in range(count):
                colour = (shade, 10 * number + (split == "test"), blue)
                Image.new("RGB", (32, 32), colour).save(folder / split / name / f"{number}.png")
    return folder


def run_ids(sweep: Any) -> set[int]:
    return {cell["run_id"] for row in sweep["rows"] for cell in row["cells"]}


@pytest.mark.parametrize(("other", "again"), [(100, 0), (0, 2)])
def test_runs_on_what_was_replaced_are_not_used_again(
    client: TestClient, settings: Settings, tmp_path: Path, other: int, again: int
) -> None:
    import_folder("pets", pictures(tmp_path / "one", 0), settings.datasets_dir, 32)
    first = client.post(SWEEPS, json=BODY).json()
    import_folder("pets", pictures(tmp_path / "other", other), settings.datasets_dir, 32, replace=True)
    told = client.post(f"{SWEEPS}/validate", json=BODY).json()
    assert (len(told["reused"]), told["new_runs"]) == (again, 2 - again)
    second = client.post(SWEEPS, json=BODY).json()
    assert len(run_ids(first) & run_ids(second)) == again
