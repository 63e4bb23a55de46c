"""/docs: the documentation, Markdown files of app/docs drawn as pages.

index.md orders them: a heading a group, a link a page. A file that it does not name is not served.
"""

from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.errors import NotFoundError
from app.urls import DOCS_PAGES
from app.web.markdown import Rendered, parse_markdown, render_markdown, words_of
from app.web.templating import render, root_of

FOLDER = Path(__file__).parents[1] / "docs"
INDEX = "index"

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True)
class Entry:
    """A page as the navigation names it; `name` is its file's without .md."""

    name: str
    title: str


@dataclass(frozen=True)
class Group:
    """Pages under one heading of the index."""

    title: str
    entries: tuple[Entry, ...]


@router.get(DOCS_PAGES)
def index(request: Request) -> Response:
    """The list of all pages."""
    return show(request, INDEX)


@router.get(f"{DOCS_PAGES}/{{name}}")
def show(request: Request, name: str) -> Response:
    """One page. Raises NotFoundError for a name that the index does not hold."""
    groups = contents()
    entries = [Entry(INDEX, "Documentation"), *(entry for group in groups for entry in group.entries)]
    place = next((at for at, entry in enumerate(entries) if entry.name == name), None)
    if place is None:
        raise NotFoundError(f"There is no page {name!r} in the documentation.", f"{DOCS_PAGES} lists them.")
    page = rendered(name, root_of(request))
    context = {
        "here": DOCS_PAGES,
        "groups": groups,
        "entry": entries[place],
        "page": page,
        "sections": [heading for heading in page.headings if heading.level == 2],
        "before": entries[place - 1] if place else None,
        "after": entries[place + 1] if place + 1 < len(entries) else None,
    }
    return render(request, "docs.html", context)


@lru_cache(maxsize=1)
def contents() -> tuple[Group, ...]:
    """The groups of the index, in its order."""
    groups: list[Group] = []
    tokens = parse_markdown((FOLDER / f"{INDEX}.md").read_text("utf-8"))
    for before, token in pairwise(tokens):
        if before.type == "heading_open" and before.tag == "h2":
            groups.append(Group(words_of(token), ()))
        for at, child in enumerate(token.children or ()):
            if child.type == "link_open" and groups:
                name = str(child.attrs["href"]).removesuffix(".md")
                entry = Entry(name, (token.children or ())[at + 1].content)
                groups[-1] = Group(groups[-1].title, (*groups[-1].entries, entry))
    return tuple(groups)


@lru_cache(maxsize=64)
def rendered(name: str, root: str) -> Rendered:
    """A page of the index, its links below `root`; kept, as a large one takes some milliseconds."""
    return render_markdown((FOLDER / f"{name}.md").read_text("utf-8"), lambda href: _served(href, root))


def _served(href: str, root: str) -> str:
    """Links between files as links between pages; pictures of static/ from where they are served."""
    path, mark, anchor = href.partition("#")
    if "/" not in path and path.endswith(".md"):
        name = path.removesuffix(".md")
        return root + DOCS_PAGES + ("" if name == INDEX else f"/{name}") + mark + anchor
    return href.replace("../../static/", f"{root}/static/", 1)
