"""/docs: every file is a page of the navigation, and every link among pages leads to a part that is there."""

from html.parser import HTMLParser
from urllib.parse import urldefrag, urljoin

import pytest
from starlette.testclient import TestClient

from app.main import create_app
from app.pages.docs import FOLDER, contents
from app.settings import Settings

pytestmark = pytest.mark.slow

NAMES = [path.stem for path in sorted(FOLDER.glob("*.md"))]


class Links(HTMLParser):
    """The ids of a page, and where its links and pictures lead."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.ids += [str(given["id"])] if given.get("id") else []
        self.links += [str(given[name]) for name in ("href", "src") if name in given and tag in ("a", "img")]


def address(name: str) -> str:
    return "/docs" if name == "index" else f"/docs/{name}"


def test_the_index_names_every_file_once() -> None:
    named = [entry.name for group in contents() for entry in group.entries]
    assert sorted(["index", *named]) == sorted(NAMES)
    titles = [entry.title for group in contents() for entry in group.entries]
    assert len(set(titles)) == len(titles)


@pytest.mark.parametrize("name", NAMES)
def test_page_names_its_title_and_where_the_reader_is(client: TestClient, name: str) -> None:
    answer = client.get(address(name))
    assert answer.status_code == 200
    title = (FOLDER / f"{name}.md").read_text("utf-8").splitlines()[0].removeprefix("# ")
    assert "<h1 id=" in answer.text
    assert f">{title}</h1>" in answer.text
    assert 'href="/docs" aria-current="page" data-word="Docs"' in answer.text
    assert "<!--" not in answer.text.split("<article")[1]


def test_every_link_among_pages_leads_to_a_part_that_is_there(client: TestClient) -> None:
    pages = {address(name): Links(client.get(address(name)).text) for name in NAMES}
    broken = []
    for at, page in pages.items():
        assert len(page.ids) == len(set(page.ids)), at
        for link in page.links:
            target, part = urldefrag(urljoin(f"http://localhost:8000{at}", link))
            path = target.removeprefix("http://localhost:8000")
            if path in pages:
                broken += [(at, link)] if part and part not in pages[path].ids else []
            elif path.startswith("/") and client.get(path).status_code != 200:
                broken.append((at, link))
    assert broken == []


def test_an_unknown_page_is_not_found_and_no_file_outside_is_read(client: TestClient) -> None:
    for path in (
        "/docs/nothing",
        "/docs/..%2Fpages%2Fdocs",
        "/docs/%2e%2e%2f%2e%2e%2fREADME",
        "/docs/index.md",
    ):
        assert client.get(path).status_code == 404


def test_links_begin_with_the_root_path(settings: Settings) -> None:
    below = settings.model_copy(update={"root_path": "/lab"})
    with TestClient(create_app(below), base_url="http://localhost:8000") as client:
        links = Links(client.get("/lab/docs/getting-started").text).links
    assert "/lab/docs/sweeps" in links
    assert all(link.startswith(("/lab/", "#", "http")) for link in links)


def test_pages_have_neighbours_in_the_order_of_the_index(client: TestClient) -> None:
    first, second, third = [entry.name for group in contents() for entry in group.entries][:3]
    page = client.get(address(second)).text
    assert f'href="/docs/{first}" rel="prev"' in page
    assert f'href="/docs/{third}" rel="next"' in page.replace('class="push" ', "")
