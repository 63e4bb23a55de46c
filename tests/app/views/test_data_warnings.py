"""What the import of a data set found stands wherever a figure on that data does."""

import io
from pathlib import Path

import pytest
from PIL import Image
from starlette.testclient import TestClient

from app.settings import Settings
from app.store.engine import Database
from app.store.runs import get_run
from tests.app.pages.seen import HTML
from tests.conftest import SeedRun
from trainer.data.folder import import_folder

CONTRADICTION = "Images under more than one label: 1, such as train/cat/0.png and train/dog/9.png."
COPIES = "Test images equal to a training image: 4."
ON_PETS = {"data": {"dataset": "folder:pets", "imbalance": "none"}}


@pytest.fixture
def pets(tmp_path: Path, settings: Settings) -> tuple[str, ...]:
    """Imported: two classes whose test images are training images, and one image in both; what was found."""
    for split in ("train", "test"):
        for value, name in ((0, "cat"), (100, "dog")):
            (tmp_path / "pets" / split / name).mkdir(parents=True)
            for index in range(4 if split == "train" else 2):
                content = io.BytesIO()
                Image.new("RGB", (32, 32), (value, 10 * index, 0)).save(content, "PNG")
                (tmp_path / "pets" / split / name / f"{index}.png").write_bytes(content.getvalue())
    twin = (tmp_path / "pets" / "train" / "cat" / "0.png").read_bytes()
    (tmp_path / "pets" / "train" / "dog" / "9.png").write_bytes(twin)
    return import_folder("pets", tmp_path / "pets", settings.datasets_dir).warnings


@pytest.mark.usefixtures("pets")
def test_the_preview_the_form_and_the_list_of_data_sets_tell_it(client: TestClient) -> None:
    preview = client.post("/api/v1/runs/validate", json={"config": ON_PETS}).json()
    assert preview["warnings"][0].startswith(CONTRADICTION)
    assert preview["warnings"][1].startswith(COPIES)
    form = client.get(
        "/runs/new", params={"data.dataset": "folder:pets", "data.imbalance": "none"}, headers=HTML
    ).text
    assert CONTRADICTION in form
    [listed] = [one for one in client.get("/api/v1/datasets").json()["items"] if one["name"] == "folder:pets"]
    assert listed["warnings"] == preview["warnings"][:2]
    page = client.get("/datasets", headers=HTML).text
    assert page.count(CONTRADICTION) == 1
    assert "runs/new?data.dataset=folder%3Apets&amp;data.imbalance=none" in page


def test_the_run_the_comparison_and_the_report_tell_it(
    client: TestClient, db: Database, seed_run: SeedRun, pets: tuple[str, ...]
) -> None:
    for seed in (0, 1):
        run_id = seed_run(config=ON_PETS | {"seed": seed})
        with db.write() as session:
            run = get_run(session, run_id)
            run.started = {**(run.started or {}), "data_warnings": list(pets)}
    assert client.get("/api/v1/runs/1").json()["warnings"][0].startswith(CONTRADICTION)
    assert CONTRADICTION in client.get("/runs/1", headers=HTML).text
    compared = client.get("/api/v1/compare", params={"runs": "1,2"}).json()["warnings"]
    assert [said for said in compared if said.startswith(f"folder:pets: {CONTRADICTION}")] == compared[:1]
    assert CONTRADICTION in client.get("/compare?runs=1,2", headers=HTML).text
    report = client.get("/api/v1/compare", params={"runs": "1,2", "format": "markdown"}).text
    assert "Images under more than one label" in report
