"""Below a proxy's prefix: every way to write it means the same, and every path works stripped or whole."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from app.errors import SetupError
from app.main import create_app
from app.settings import Settings
from app.web.templating import plotly_name

PATHS = (
    "/",
    "/runs",
    "/login",
    "/static/icon.svg",
    "/api/v1/health",
    "/api/v1/runs",
    "/api/docs",
    "/api/openapi.json",
    "/theory",
    "/compare",
)


@pytest.mark.parametrize("written", ["lab", "/lab", "lab/", "/lab/", "//lab//", " /lab "])
def test_written_any_way(written: str) -> None:
    assert Settings(root_path=written).root_path == "/lab"


@pytest.mark.parametrize(("written", "meant"), [("", ""), ("/", ""), ("a/b", "/a/b")])
def test_none_and_several_parts(written: str, meant: str) -> None:
    assert Settings(root_path=written).root_path == meant


@pytest.mark.parametrize("written", ["/la b", "/lab?x", "http://lab", "/../lab", "/läb"])
def test_what_is_no_path_is_refused(written: str) -> None:
    with pytest.raises(SetupError, match="root path"):
        Settings(root_path=written)


@pytest.fixture(scope="module")
def served(served_folder: Path) -> Iterator[TestClient]:
    settings = Settings(data_dir=served_folder, token="t", root_path="lab")
    with TestClient(create_app(settings), base_url="http://board.example", follow_redirects=False) as made:
        yield made


@pytest.fixture
def behind(served: TestClient) -> TestClient:
    """A stranger to a server with a token, below a prefix that was written without its slash."""
    served.cookies.clear()
    return served


@pytest.mark.slow
@pytest.mark.parametrize("prefix", ["", "/lab"])
@pytest.mark.parametrize("path", [*PATHS, f"/static/plotly/{plotly_name()}"])
def test_every_path_with_and_without_the_prefix(behind: TestClient, prefix: str, path: str) -> None:
    answer = behind.get(prefix + path, headers={"authorization": "Bearer t"})
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("prefix", ["", "/lab"])
def test_login_and_health_are_open(behind: TestClient, prefix: str) -> None:
    page = {"accept": "text/html"}
    assert behind.get(f"{prefix}/login", headers=page).status_code == 200
    assert behind.get(f"{prefix}/api/v1/health").status_code == 200
    sent_away = behind.get(f"{prefix}/runs?q=a", headers=page)
    assert sent_away.headers["location"] == "/lab/login?next=/runs%3Fq%3Da"
    signed_in = behind.post(f"{prefix}/login", data={"token": "t", "next": "/runs"})
    assert (signed_in.status_code, signed_in.headers["location"]) == (303, "/lab/runs")
