"""Pictures shown to a run on its page: the bars, a picture that is none, and runs that cannot be asked."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from app.main import create_app
from app.pages.runs.pictures import MOST_BARS, Shown, shown
from app.settings import Settings
from app.views.pictures import PicturesView, picture_view
from tests.app.pages.seen import HTML, context, template
from tests.app.pictures import IMAGES, png, with_networks
from tests.trainer.tiny import CLASSES

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def board(served_folder: Path) -> Iterator[TestClient]:
    settings = Settings(data_dir=with_networks(served_folder))
    with TestClient(create_app(settings), base_url="http://localhost:8000", headers=HTML) as made:
        yield made


def of(page: object) -> Sequence[Shown]:
    found: Sequence[Shown] = context(page)["shown"]
    return found


def test_the_bars_are_what_the_api_says_with_the_training_images_beside_them(board: TestClient) -> None:
    picture = png(IMAGES[0])
    files = [("picture", ("one.png", picture)), ("picture", ("bad.png", b"x"))]
    page = board.post("/runs/1/predict", files=files, data={"epoch": "best"})
    assert (page.status_code, template(page)) == (200, "predict.html")
    one, bad = of(page)
    said = board.post("/api/v1/runs/1/predict?epoch=best", content=picture).json()["items"][0]
    expected = sorted(said["probabilities"], reverse=True)
    assert [share for *_, share in one.bars] == expected
    assert {name: count for name, count, _ in one.bars} == dict(zip(CLASSES, (100, 30, 10), strict=True))
    assert one.bars[0][0] == said["predicted"]
    assert one.picture.seen is not None
    assert f'src="data:image/png;base64,{one.picture.seen}"' in page.text
    assert bad.picture.error is not None
    assert bad.picture.error in page.text


def test_the_form_stands_on_the_page_of_a_run_and_by_itself(board: TestClient) -> None:
    for path in ("/runs/1", "/runs/1/predict"):
        page = board.get(path)
        assert page.status_code == 200
        assert 'action="/runs/1/predict"' in page.text


def test_a_run_without_a_checkpoint_says_so_beside_the_form(board: TestClient) -> None:
    page = board.post("/runs/2/predict", files=[("picture", ("one.png", png(IMAGES[0])))])
    assert page.status_code == 404
    assert "no checkpoint of the last epoch" in context(page)["problem"]
    assert 'action="/runs/2/predict"' in page.text


def test_of_many_classes_the_rest_stand_in_one_line(board: TestClient) -> None:
    names = [f"class {number}" for number in range(40)]
    shares = [0.4, 0.3, *[0.3 / 38] * 38]
    told = {"name": "a", "error": None, "predicted": 0, "probabilities": shares, "width": 1, "height": 1,
            "mode": "L", "turned": False, "frames": False, "seen": None}  # fmt: skip
    view = PicturesView(
        run_id=1, at="last", epoch=1, classes=tuple(names), image_size=16, items=(picture_view(told, names),)
    )
    run = context(board.get("/runs/1"))["run"]
    [one] = shown(run, view)
    assert [name for name, *_ in one.bars] == names[:MOST_BARS]
    assert one.others == 30
    assert one.rest == pytest.approx(30 * 0.3 / 38)
