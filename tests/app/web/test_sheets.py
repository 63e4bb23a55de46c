"""Sheets: what every page loads, and what one page adds to it."""

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[3]
COMMENT, AT_RULE = re.compile(r"/\*.*?\*/", re.S), re.compile(r"@(?:media|supports)[^{]*\{")
RULE, LINKED = re.compile(r"([^{}]+)\{[^{}]*\}"), re.compile(r"static\('([\w/-]+)\.css'\)")


def selectors(sheet: str) -> Iterator[str]:
    """Each selector of a sheet, also those that hold for some widths or on paper only."""
    text = AT_RULE.sub("", COMMENT.sub("", (ROOT / "static" / f"{sheet}.css").read_text()))
    for rule in RULE.finditer(text):
        for selector in re.split(r",(?![^(]*\))", rule[1]):
            yield selector.strip()


def styled_alone(sheet: str) -> set[str]:
    """Classes that a sheet styles wherever they stand: `.name` is the whole selector."""
    return {selector[1:] for selector in selectors(sheet) if re.fullmatch(r"\.[\w-]+", selector)}


def begun_with(sheet: str) -> set[str]:
    """Classes that a sheet styles wherever they stand, or what is in them: `table.name > td` has one."""
    return {
        name
        for selector in selectors(sheet)
        for name in re.findall(r"\.([\w-]+)", re.split(r"[\s>+~]", selector)[0])
    }


def always_loaded() -> list[str]:
    found = re.search(r"for sheet in \((.*?)\)", (ROOT / "templates/base.html").read_text())
    assert found
    return re.findall(r'"([\w-]+)"', found[1])


def sheets_of_pages() -> set[str]:
    """Those that a page adds to the ones of every page."""
    pages = [path.read_text() for path in (ROOT / "templates").rglob("*.html") if path.name != "base.html"]
    return {name for page in pages if "block sheets" in page for name in LINKED.findall(page)}


def test_no_page_gives_a_class_of_every_page_another_meaning() -> None:
    everywhere = set().union(*map(begun_with, always_loaded()))
    assert "note" in everywhere
    assert {"facts", "observations"} <= everywhere
    assert {sheet: styled_alone(sheet) & everywhere for sheet in sheets_of_pages()} == {
        sheet: set() for sheet in sheets_of_pages()
    }


def test_every_sheet_is_loaded_somewhere() -> None:
    kept = {str(path.relative_to(ROOT / "static").with_suffix("")) for path in ROOT.glob("static/**/*.css")}
    assert kept - sheets_of_pages() - {*always_loaded()} == {"report"}
