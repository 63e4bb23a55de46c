"""A page as text, in reading order: title, headings, sentences, tables, links, forms with their fields.

Markup is left out, so that it may change; so are icons, the insides of formulas, and scripts.
"""

import hashlib
import re
from html.parser import HTMLParser

_HIDDEN = {"script", "style", "svg", "math", "template"}
_HEADINGS = {f"h{level}": "#" * level for level in range(1, 7)}
_BLOCKS = _HEADINGS.keys() | {
    "p", "div", "section", "article", "li", "ul", "ol", "dl", "dt", "dd", "tr", "table", "thead", "tbody",
    "form", "fieldset", "legend", "details", "summary", "figure", "figcaption", "pre", "caption", "main",
    "header", "footer", "nav", "body", "label", "button", "select", "textarea", "aside", "output",
}  # fmt: skip
_VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
_LONG_VALUE = 160


class _Outline(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []
        self._line: list[str] = []
        self._skipped: list[str] = []
        self._in_row = False
        self._links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if self._skipped or tag in _HIDDEN:
            if tag not in _VOID:
                self._skipped.append(tag)
            return
        if tag == "tr" or (tag in _BLOCKS and not self._in_row):
            self._end_line()
        self._begun(tag, given)

    def _begun(self, tag: str, given: dict[str, str]) -> None:
        if tag in _HEADINGS:
            self._line.append(f"{_HEADINGS[tag]} ")
        elif tag == "title":
            self._line.append("title: ")
        elif tag == "tr":
            self._in_row = True
            self._line.append("| ")
        elif tag == "a":
            self._links.append(given.get("href", ""))
        elif tag == "form":
            self._say(f"form {given.get('method', 'get').lower()} {given.get('action', '')}")
        elif tag in ("input", "select", "textarea", "button"):
            self._field(tag, given)
        elif tag == "option":
            self._line.append(f" {{{given.get('value', '')}{'*' if 'selected' in given else ''}}}")
        elif tag == "time":
            self._line.append(f" <{given.get('datetime', '')}>")
            self._skipped.append("time")
        elif tag == "br":
            self._line.append(" ")
        if "data-figure" in given or "data-src" in given:
            self._line.append(f" figure {given.get('data-figure') or given.get('data-src')} ")

    def _field(self, tag: str, given: dict[str, str]) -> None:
        kind = given.get("type", tag)
        if kind == "button" and "name" not in given:
            return
        value = _short(given.get("value", ""))
        checked = " checked" if "checked" in given else ""
        words = f" [{kind} {given.get('name', '')}{f'={value}' if value else ''}{checked}] "
        self._line.append(words)

    def handle_endtag(self, tag: str) -> None:
        if tag == "title":
            self._end_line()
        if self._skipped:
            if tag in self._skipped:
                while self._skipped.pop() != tag:
                    pass
            return
        if tag == "a" and self._links:
            self._line.append(f"({self._links.pop()})")
        elif tag in ("td", "th"):
            self._line.append(" | ")
        elif tag == "tr":
            self._in_row = False
        if tag in _BLOCKS and not self._in_row:
            self._end_line()

    def handle_data(self, data: str) -> None:
        if not self._skipped:
            self._line.append(data)

    def _say(self, text: str) -> None:
        self._end_line()
        self.lines.append(text)

    def _end_line(self) -> None:
        text = re.sub(r"\s+", " ", "".join(self._line)).strip()
        self._line.clear()
        if text:
            self.lines.append(text)


def _short(value: str) -> str:
    if len(value) <= _LONG_VALUE:
        return value
    return f"{value[:_LONG_VALUE]}... {hashlib.sha256(value.encode()).hexdigest()[:12]}"


def outline(html: str, frame: bool = False) -> str:
    """The page as lines: its title and what is in <main>; with `frame` also what stands around every page."""
    title, start, end = (
        re.search(r"<title>.*?</title>", html, re.DOTALL),
        html.find("<main"),
        html.find("</main>"),
    )
    reader = _Outline()
    if frame or start < 0:
        reader.feed(html)
    else:
        reader.feed((title[0] if title else "") + html[start:end])
    reader.close()
    reader._end_line()
    return "\n".join(reader.lines)
