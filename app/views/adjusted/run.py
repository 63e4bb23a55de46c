"""A run whose logits are adjusted: its classes, its files, and what a point comes to for it."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from app.errors import InvalidError, NotFoundError
from app.store.tables import Run
from app.views.adjusted.caveats import check_norm, read_config
from app.views.adjusted.choose import Best, resolved
from app.views.adjusted.kept import FileSeen, KeptLogits, kept_file_of, logits_in
from app.views.adjusted.point import Name, Point, shares_of
from trainer.errors import DataError, FieldProblem
from trainer.posthoc import Adjustment
from trainer.run_dir import EpochName, SplitName


@dataclass(frozen=True)
class RunLogits:
    """A run with what it kept of either split after its last or best epoch."""

    run: Run
    runs_dir: Path
    at: EpochName

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Of its classes."""
        return tuple((self.run.started or {}).get("class_names", ()))

    @cached_property
    def counts(self) -> tuple[int, ...]:
        """Training images of each class."""
        return tuple((self.run.started or {}).get("train_counts", ()))

    @cached_property
    def _files(self) -> dict[SplitName, FileSeen]:
        return {}

    def file(self, split: SplitName) -> FileSeen:
        """Raises NotFoundError, which says why there are no logits of this split."""
        if split not in self._files:
            self._files[split] = kept_file_of(self.run, self.runs_dir, split, self.at)
        return self._files[split]

    @cached_property
    def has_validation(self) -> bool:
        """Whether something can be chosen on validation images."""
        try:
            self.file("validation")
        except NotFoundError:
            return False
        return True

    @cached_property
    def test(self) -> KeptLogits:
        """What is measured."""
        return logits_in(self.file("test"))

    def resolved(self, asked: Point) -> tuple[dict[Name, Best], Adjustment]:
        """The numbers of the point, and what they do. Raises NotFoundError, InvalidError."""
        check_norm(read_config(self.run.config), asked)
        prior = shares_of(asked.prior, self.counts, self.test.support.tolist(), self.names)
        try:
            return resolved(self.file, self.counts, asked, prior)
        except DataError as error:
            problem = FieldProblem("tau", error.message)
            raise InvalidError("The adjustment was refused.", error.hint, fields=[problem]) from error
