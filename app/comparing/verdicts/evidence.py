"""What verdicts and observations read: the rows, their judgement, what may be done next; and their words."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from app.comparing.next_steps.fill import NextSteps
from app.comparing.view import Changes, CompareRow, SettingRow, Verdict
from app.formats import brief, cut
from app.views.setting_labels import loss_label
from trainer.metrics.table import METRICS

if TYPE_CHECKING:
    from app.comparing.verdicts.judging import Judgement

TABLE, TRADEOFF, BETA = "compare-table", "compare-tradeoff", "compare-beta"
ONE_SEED_MORE = 4
"""Seeds offered where there is one: five in all can tell a difference of one run's spread from none."""
Question = Literal["best", "baseline", "tail", "rate"]
Said = Literal["yes", "no", "same", "unknown"]
"""Of what is done; `unfinished.so_far` takes its firmness away."""
_TITLES: dict[Question, str] = {
    "best": "Is one setting best?",
    "baseline": "Better than the baseline?",
    "tail": "Is the tail better?",
    "rate": "Is part of it the learning rate?",
}


@dataclass(frozen=True)
class Evidence:
    """What is being read: the rows, their judgement, and what may be done next."""

    view: Changes
    judged: "Judgement"
    steps: NextSteps

    @property
    def rows(self) -> list[CompareRow]:
        """The judged rows, in the order of the judgement."""
        by_label = {row.label: row for row in self.view.rows}
        return [by_label[sample.label] for sample in self.judged.scored.samples]

    @property
    def lead(self) -> int:
        """Place of the row that is best in the headline metric."""
        return int(self.judged.best[self.judged.headline])

    @property
    def word(self) -> str:
        """The headline metric in words."""
        return METRICS[self.view.headline].spoken


def verdict(
    question: Question, answer: Said, text: str, figure: str = TABLE, detail: str = "", **more: Any
) -> Verdict:
    """The answer to one question; more: its `claim` and its `action`."""
    words = {"title": _TITLES[question], "text": text, "detail": detail, "figure": figure}
    return Verdict(question=question, answer=answer, **words, **({"claim": False} | more))


def control_name(row: SettingRow, of: SettingRow) -> str:
    """A control in words: "CE at CB-Focal 0.997's effective rate (0.0044)"."""
    rate = f" ({brief(row.effective_rate)})" if row.effective_rate is not None else ""
    return f"{loss_label(row.config)} at {loss_label(of.config)}'s effective rate{rate}"


def short(label: str | None) -> str:
    """A label, short enough for a sentence."""
    return cut(label or "", 48)
