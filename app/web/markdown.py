"""Markdown as safe HTML: headings with anchors, tables and code in boxes that scroll, links rewritten.

HTML in the text is shown as text and comments are left out, so that a page can hold notes for its tests.
Anchors are made as GitHub makes them: the same link works there and here. Notes on runs are foreign text, and
get less: see `render_note`.
"""

import html
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import OptionsDict

_SHORT = 28
"""Code of so many characters stays on one line, on a phone too."""
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)


@dataclass(frozen=True)
class Heading:
    """A heading of a page: its level (1 to 6), its words, and the anchor that leads to it."""

    level: int
    text: str
    anchor: str


@dataclass(frozen=True)
class Rendered:
    """A page as HTML, and its headings in order."""

    html: str
    headings: tuple[Heading, ...]


def render_markdown(text: str, link: Callable[[str], str] = str) -> Rendered:
    """The page; `link` turns the address of each link and picture into the one that is served."""
    markdown = _parser()
    tokens = markdown.parse(text)
    headings = tuple(_anchored(tokens))
    for token in _all(tokens):
        for attribute in ("href", "src"):
            if attribute in token.attrs:
                token.attrSet(attribute, link(str(token.attrs[attribute])))
    return Rendered(markdown.renderer.render(tokens, markdown.options, {}), headings)


@lru_cache(maxsize=256)
def render_note(text: str) -> str:
    """What somebody wrote on the board as safe HTML: no tag of its own, no anchor, no picture.

    Headings are strong lines, since the page has its own; pictures become links; a line's end stays one.
    """
    markdown = MarkdownIt("commonmark", {"html": False, "breaks": True}).enable(["table", "strikethrough"])
    markdown.disable("image")
    markdown.validateLink = lambda url: _SAFE_LINK.match(url.strip()) is not None  # type: ignore[method-assign]
    for name, rule in (_RULES | _NOTE_RULES).items():
        markdown.add_render_rule(name, rule)
    return str(markdown.render(text))


def parse_markdown(text: str) -> Sequence[Token]:
    """The page as markdown-it's tokens, for those who read a list or a block out of it."""
    return _parser().parse(text)


def words_of(inline: Token) -> str:
    """What is read of an inline token, without its marks."""
    return "".join(child.content for child in inline.children or () if child.type in ("text", "code_inline"))


def _parser() -> MarkdownIt:
    markdown = MarkdownIt("commonmark", {"html": True}).enable("table")
    for name, rule in _RULES.items():
        markdown.add_render_rule(name, rule)
    return markdown


def _all(tokens: Sequence[Token]) -> list[Token]:
    return [each for token in tokens for each in (token, *(token.children or ()))]


def _anchored(tokens: Sequence[Token]) -> list[Heading]:
    """Give each heading its id, and the token that closes it the link to it; boxes are named after it."""
    found: list[Heading] = []
    for at, token in enumerate(tokens):
        if token.type == "heading_open":
            text = words_of(tokens[at + 1])
            found.append(Heading(int(token.tag[1:]), text, _anchor(text, found)))
            token.attrSet("id", found[-1].anchor)
            tokens[at + 2].meta["anchor"] = found[-1].anchor
        elif token.type in ("table_open", "fence") and found:
            token.meta["about"] = found[-1].text
        elif token.type == "th_open":
            token.attrSet("scope", "col")
    return found


def _anchor(text: str, before: Sequence[Heading]) -> str:
    plain = re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-")
    taken = {heading.anchor for heading in before}
    numbered = (plain if number == 0 else f"{plain}-{number}" for number in range(len(before) + 1))
    return next(anchor for anchor in numbered if anchor not in taken)


_SAFE_LINK = re.compile(r"(?:https?:|mailto:|[^:]*(?:[/?#]|$))", re.IGNORECASE)
"""Of a note: other pages and mail; what has no scheme before its first slash is below this board."""
_Rule = Callable[[RendererHTML, Sequence[Token], int, OptionsDict, Mapping[str, Any]], str]


def _raw_html(_self: RendererHTML, tokens: Sequence[Token], at: int, *_rest: Any) -> str:
    return html.escape(_COMMENT.sub("", tokens[at].content).strip())


def _heading_close(_self: RendererHTML, tokens: Sequence[Token], at: int, *_rest: Any) -> str:
    token = tokens[at]
    mark = f'<a class="anchor" href="#{token.meta["anchor"]}" aria-label="Link to this part">#</a>'
    return f"{mark if token.tag != 'h1' else ''}</{token.tag}>\n"


def _link_open(renderer: RendererHTML, tokens: Sequence[Token], at: int, *rest: Any) -> str:
    tokens[at].attrSet("rel", "nofollow noopener noreferrer")
    return renderer.renderToken(tokens, at, *rest[:2])


def _code_inline(_self: RendererHTML, tokens: Sequence[Token], at: int, *_rest: Any) -> str:
    code = tokens[at].content
    look = ' class="nowrap"' if len(code) <= _SHORT else ""
    return f"<code{look}>{html.escape(code, quote=False)}</code>"


def _table_open(_self: RendererHTML, tokens: Sequence[Token], at: int, *_rest: Any) -> str:
    return f"{_box('scroll', 'Table', tokens[at])}<table>\n"


def _fence(_self: RendererHTML, tokens: Sequence[Token], at: int, *_rest: Any) -> str:
    code = html.escape(tokens[at].content.rstrip("\n"), quote=False)
    button = '<button type="button" class="plain needs-js" data-copy>Copy</button>'
    return f'<div class="code">{button}{_box("scroll", "Code", tokens[at])}<pre>{code}</pre></div></div>\n'


def _box(look: str, what: str, token: Token) -> str:
    """Opens a box that scrolls sideways, which the keyboard can reach."""
    label = html.escape(f"{what}: {token.meta.get('about', '')}")
    return f'<div class="{look}" tabindex="0" role="group" aria-label="{label}">'


_RULES: dict[str, _Rule] = {
    "html_block": _raw_html,
    "html_inline": _raw_html,
    "code_inline": _code_inline,
    "heading_close": _heading_close,
    "table_open": _table_open,
    "table_close": lambda *_given: "</table></div>\n",
    "fence": _fence,
}
_NOTE_RULES: dict[str, _Rule] = {
    "heading_open": lambda *_given: "<p><strong>",
    "heading_close": lambda *_given: "</strong></p>\n",
    "link_open": _link_open,
}
