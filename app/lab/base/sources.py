"""Where a calculator's inputs may be filled from: a run of the database, or a data set with its imbalance."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.settings import Settings
from app.views.preview import Preview
from app.views.preview_views import preview
from app.views.run_views import run_detail
from app.views.runs import RunDetail
from trainer.config import RunConfig


@dataclass(frozen=True)
class Sources:
    """What the database and the data folder know."""

    session: Session
    settings: Settings

    def run(self, run_id: int) -> RunDetail:
        """The run. Raises NotFoundError."""
        return run_detail(self.session, run_id)

    def preview(self, config: RunConfig) -> Preview:
        """What a run of `config` would see: classes, their counts, its network. Raises InvalidError."""
        return preview(self.session, self.settings, config)
