"""A report as Markdown (CommonMark with GitHub's tables). All text is data: none of it can become markup."""

import re
from collections.abc import Callable, Collection, Sequence
from typing import cast

from app.comparing.report.blocks import Block, Bullets, Code, Heading, Paragraph, Plot
from app.comparing.table.cells import Cells
from app.comparing.table.markdown import escape, table_lines


def markdown(blocks: Sequence[Block], drawn: Collection[str]) -> str:
    """The report; plots named in `drawn` lie beside it as plots/NAME.svg, the data of every plot as CSV."""
    return "\n\n".join(filter(None, (_written(block, drawn) for block in blocks))) + "\n"


def _written(block: Block, drawn: Collection[str]) -> str:
    if isinstance(block, Plot):
        return _plot(block, drawn)
    write = cast(Callable[[Block], str], _WRITERS[type(block)])
    return write(block)


def _heading(block: Heading) -> str:
    return f"{'#' * block.level} {escape(block.text)}"


def _paragraph(block: Paragraph) -> str:
    return escape(block.text)


def _bullets(block: Bullets) -> str:
    title = f"**{escape(block.title)}**\n\n" if block.title else ""
    items = (f"- {escape(text)}" + (f" (plot: {figure})" if figure else "") for text, figure in block.items)
    return title + "\n".join(items)


def _cells(block: Cells) -> str:
    return "\n".join([escape(block.caption), "", *table_lines(block)])


def _plot(block: Plot, drawn: Collection[str]) -> str:
    label = escape(block.drawn.label)
    picture = f"![{label}](plots/{block.name}.svg)" if block.name in drawn else label
    return f"### {escape(block.title)}\n\n{picture}\n\nData: [data/{block.name}.csv](data/{block.name}.csv)"


def _code(block: Code) -> str:
    longest = max((len(run) for run in re.findall(r"`+", block.text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"### {escape(block.title)}\n\n{fence}json\n{block.text}\n{fence}"


_WRITERS = {Heading: _heading, Paragraph: _paragraph, Bullets: _bullets, Cells: _cells, Code: _code}
