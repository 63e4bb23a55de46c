"""A report as one HTML file that works offline: style, script, Plotly and every figure stand inside it."""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache

from markupsafe import Markup
from pydantic_core import to_json

from app.comparing.report.blocks import Block, Plot
from app.web.templating import asset_folder, plotly_source, render_text

_IMPORT = re.compile(r'^import \{[^}]*\} from "\./([^"]+)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export ", re.MULTILINE)


def report_file(title: str, blocks: Sequence[Block]) -> str:
    """The file's text. No name can end a script: what stands in one holds no "<" of its own."""
    context = {
        "title": title,
        "blocks": blocks,
        "plots": _as_json(block for block in blocks if isinstance(block, Plot)),
        "plotly": _plotly(),
        "style": _asset("report.css"),
        "script": Markup("".join(_modules("report-plots.js", set()))),
    }
    return render_text("report.html", context)


def _as_json(plots: Iterable[Plot]) -> Markup:
    """Figures by name; figures that are not finite are null, and "<" is written as an escape."""
    figures = {plot.name: plot.drawn.figure for plot in plots}
    text = to_json(figures, inf_nan_mode="null").decode()
    return Markup(text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029"))


@cache
def _plotly() -> Markup:
    """Plotly's library, with what would end its script or open a comment in it written otherwise."""
    text = plotly_source().read_text("utf-8")
    return Markup(text.replace("</script", "<\\/script").replace("<!--", "\\x3c!--"))


def _modules(name: str, seen: set[str]) -> Iterator[str]:
    """A module behind all that it imports, each once, as pieces of one script; their names do not meet."""
    seen.add(name)
    text = _asset(name)
    for needed in _IMPORT.findall(text):
        if needed not in seen:
            yield from _modules(needed, seen)
    yield _EXPORT.sub("", _IMPORT.sub("", text))


def _asset(name: str) -> Markup:
    return Markup((asset_folder("static") / name).read_text("utf-8"))
