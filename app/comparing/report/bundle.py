"""A report as a zip: report.md, plots as SVG, the data of each plot, tables to paste, configurations."""

import io
import json
import re
import zipfile
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from app.comparing.report.compose import as_text, compose
from app.comparing.report.subject import Block, Bullets, Code, Heading, Paragraph, Plot, Subject
from app.comparing.table.markdown import escape, table_lines
from app.comparing.table.words import Cells
from app.figures.drawn import as_csv


def bundle(subject: Subject, pictures: Mapping[str, bytes], exports: Mapping[str, str]) -> bytes:
    """The zip. pictures: SVG by name of a plot; exports: the comparison's own exports by file name.

    All names in the zip are ours: nothing that a user typed becomes a path.
    """
    out = io.BytesIO()
    moment = datetime.fromisoformat(subject.made_at.replace("Z", "+00:00")).timetuple()[:6]
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in _files(subject, pictures, exports).items():
            info = zipfile.ZipInfo(f"report/{name}", moment)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            archive.writestr(info, content)
    return out.getvalue()


def _files(
    subject: Subject, pictures: Mapping[str, bytes], exports: Mapping[str, str]
) -> dict[str, str | bytes]:
    files: dict[str, str | bytes] = {"report.md": markdown(compose(subject), pictures)}
    files |= exports
    files |= {f"plots/{name}.svg": picture for name, picture in pictures.items()}
    files |= {f"data/{plot.name}.csv": as_csv(plot.drawn.table) for plot in subject.plots}
    configs = enumerate(subject.configs.values(), start=1)
    files |= {f"configs/setting-{number}.json": as_text(config) for number, config in configs}
    files["runs.json"] = json.dumps([run.model_dump(mode="json") for run in subject.runs], indent=1)
    return files


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
