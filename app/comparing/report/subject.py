"""What a report is about: a comparison, its plots, and what a reader needs to repeat each run."""

from dataclasses import dataclass
from typing import Any

from app.comparing.report.blocks import Plot
from app.comparing.table.marks import Marks
from app.comparing.view import Comparison
from app.views.runs.view import RunDetail


@dataclass(frozen=True)
class Subject:
    """made_at: UTC, ISO 8601. address: path and query of the compare page that it was made from."""

    comparison: Comparison
    plots: tuple[Plot, ...]
    runs: tuple[RunDetail, ...]
    version: str
    made_at: str
    address: str
    marks: Marks = "ties"

    @property
    def configs(self) -> dict[str, dict[str, Any]]:
        """The configuration of each setting by its row's label; published rows have none."""
        return {row.label: row.config for row in self.comparison.rows if row.config}
