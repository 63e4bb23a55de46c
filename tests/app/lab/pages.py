"""What a reader sees of a calculator's page: what stands in its fields, rows of its tables, its links."""

import re
from typing import Any

from tests.app.pages.seen import context


def typed_on(page: Any) -> dict[str, str]:
    """What stands in each field."""
    return {each.field.name: each.value for each in _fields(page)}


def refused_on(page: Any) -> dict[str, str]:
    """What is said at each field that is refused."""
    return {each.field.name: each.problem for each in _fields(page) if each.problem}


def rows_of(html: str, table: str) -> list[list[str]]:
    """Cells of a table's rows below its header, as a reader sees them; bands between groups left out."""
    whole = re.search(rf'id="{table}".*?</table>', html, re.DOTALL)
    assert whole is not None, f"there is no table {table}"
    body = whole[0].partition("</thead>")[2]
    rows = [row for row in re.findall(r"<tr.*?</tr>", body, re.DOTALL) if 'class="band"' not in row]
    cells = [re.findall(r"<t[dh].*?</t[dh]>", row, re.DOTALL) for row in rows]
    return [[" ".join(re.sub(r"<[^>]*>", " ", cell).split()) for cell in row] for row in cells]


def links_to(html: str, path: str) -> list[str]:
    """Addresses with a query at `path` that the page leads to."""
    found = re.findall(rf'href="({re.escape(path)}\?[^"#]*)', html)
    return [link.replace("&amp;", "&") for link in found]


def _fields(page: Any) -> list[Any]:
    return [each for group in context(page)["groups"].values() for each in group.fields]
