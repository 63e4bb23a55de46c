"""A report as a zip: report.md, plots as SVG, the data of each plot, tables to paste, configurations."""

import io
import json
import zipfile
from collections.abc import Mapping
from datetime import datetime

from app.comparing.report.compose import as_text, compose
from app.comparing.report.markdown import markdown
from app.comparing.report.subject import Subject
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
