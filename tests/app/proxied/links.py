"""All addresses that pages, style sheets and scripts name, and a walk through all of them."""

import re
from collections import Counter
from collections.abc import Iterator
from html.parser import HTMLParser
from urllib.parse import parse_qsl, urldefrag, urljoin, urlsplit

import httpx2

_DATA = {"data-figure", "data-table", "data-stream", "data-bundle", "data-url"}
_NAMES = {"href", "src", "action", "formaction", *_DATA}
MOST_OF_A_PATH = 3
_IN_SCRIPT = re.compile(
    r"""\b(?:from|import)\s*\(?\s*["'](\.[^"']+)["']|new URL\(["'`]([\w./-]+)["'`], import"""
)
_IN_SHEET = re.compile(r"""url\(["']?([^"')]+)""")
_ELSEWHERE = ("http:", "https:", "mailto:", "data:", "blob:")


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.got: list[str] = []
        self.sent: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        for name in _NAMES & given.keys():
            posts = name == "formaction" or (name == "action" and given.get("method", "").lower() == "post")
            (self.sent if posts or name == "data-bundle" else self.got).append(given[name])
        if tag == "meta" and given.get("name") == "plotly":
            self.got.append(given["content"])


def links(answer: httpx2.Response) -> tuple[list[str], list[str]]:
    """Paths that are fetched, and those that forms are sent to, as the answer names them; only ours."""
    kind, page = answer.headers.get("content-type", ""), _Links()
    if "text/html" in kind:
        page.feed(answer.text)
    elif "javascript" in kind and "plotly" not in answer.url.path and "swagger" not in answer.url.path:
        page.got = [first or second for first, second in _IN_SCRIPT.findall(answer.text)]
    elif "text/css" in kind:
        page.got = _IN_SHEET.findall(answer.text)
    return [*_ours(answer, page.got)], [*_ours(answer, page.sent)]


def _ours(answer: httpx2.Response, named: list[str]) -> Iterator[str]:
    for one in named:
        if one and not one.startswith((*_ELSEWHERE, "#")):
            whole = urlsplit(urldefrag(urljoin(str(answer.url), one)).url)
            yield whole.path + (f"?{whole.query}" if whole.query else "")


def shape(address: str) -> tuple[str, ...]:
    """What addresses have in common that differ in numbers and values only."""
    parts = urlsplit(address)
    names = sorted({name for name, _ in parse_qsl(parts.query, keep_blank_values=True)})
    return re.sub(r"\d+", "1", parts.path), *names


def walk(http: httpx2.Client, start: str) -> Iterator[tuple[httpx2.Response, list[str]]]:
    """One address of each shape that can be reached, with where its forms are sent; streams only begun.

    Of one path MOST_OF_A_PATH shapes, as calculators link to many.
    """
    waiting, seen = [start], {shape(start)}
    paths: Counter[str] = Counter()
    while waiting:
        address = waiting.pop(0)
        paths[shape(address)[0]] += 1
        if paths[shape(address)[0]] > MOST_OF_A_PATH:
            continue
        with http.stream("GET", address, headers={"Accept": "text/html, */*"}) as answer:
            if "event-stream" not in answer.headers.get("content-type", ""):
                answer.read()
                got, sent = links(answer)
            else:
                got, sent = [], []
        yield answer, sent
        for one in got:
            if shape(one) not in seen:
                seen.add(shape(one))
                waiting.append(one)
