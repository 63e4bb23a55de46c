"""A report as Markdown (GitHub's)."""

import re
from collections.abc import Collection, Sequence

from app.comparing.report.blocks import Block, Bullets, Code, Heading, Paragraph, Plot
from app.comparing.table.markdown import escape, table_lines
from app.comparing.table.words import Cells


def markdown(blocks: Sequence[Block], drawn: Collection[str]) -> str:
    """The report; plots named in `drawn` lie beside it as plots/NAME.svg, the data of every plot as CSV."""
    return "\n\n".join(filter(None, (_text(block, drawn) for block in blocks))) + "\n"


def _text(block: Block, drawn: Collection[str]) -> str:
    match block:
        case Heading():
            return f"{'#' * block.level} {escape(block.text)}"
        case Paragraph():
            return escape(block.text)
        case Bullets():
            title = f"**{escape(block.title)}**\n\n" if block.title else ""
            items = ((escape(text), f" (plot: {figure})" if figure else "") for text, figure in block.items)
            return title + "\n".join(f"- {text}{plot}" for text, plot in items)
        case Cells():
            return "\n".join([escape(block.caption), "", *table_lines(block)])
        case Plot():
            label, data = escape(block.drawn.label), f"data/{block.name}.csv"
            picture = f"![{label}](plots/{block.name}.svg)" if block.name in drawn else label
            return f"### {escape(block.title)}\n\n{picture}\n\nData: [{data}]({data})"
        case Code():
            longest = max(map(len, re.findall(r"`+", block.text)), default=0)
            fence = "`" * max(3, longest + 1)
            return f"### {escape(block.title)}\n\n{fence}json\n{block.text}\n{fence}"
