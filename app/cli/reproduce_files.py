"""The files of a reproduction's report: Markdown, one HTML file that works offline, the data of its plot."""

from pathlib import Path

from app.comparing.report.blocks import Plot
from app.comparing.report.markdown import markdown
from app.figures.drawn import as_csv
from app.reproduction.compose import compose
from app.reproduction.report import Reproduction
from app.web.report_file import report_file
from trainer.run_dir import write_atomic


def write_report(folder: Path, view: Reproduction) -> tuple[Path, ...]:
    """Write them, and say which they are."""
    blocks = compose(view)
    texts = {"report.md": markdown(blocks, ()), "report.html": report_file(view.title, blocks)}
    texts |= {f"data/{one.name}.csv": as_csv(one.drawn.table) for one in blocks if isinstance(one, Plot)}
    for name, text in texts.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        write_atomic(folder / name, text.encode())
    return tuple(folder / name for name in texts)
