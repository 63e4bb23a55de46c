"""What verdicts and observations read: the rows, their judgement, what may be done next; and their words."""

from dataclasses import dataclass
from typing import Literal

from app.comparing.next_steps.actions import Action
from app.comparing.next_steps.fill import NextSteps
from app.comparing.verdicts.judging import Judgement
from app.comparing.view import Changes, CompareRow, SettingRow, Verdict
from app.formats import cut
from app.views.setting_labels import loss_label
from trainer.metrics.table import METRICS

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
class Reading:
    """What is being read: the rows, their judgement, and what may be done next."""

    view: Changes
    judged: Judgement
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
    question: Question,
    answer: Said,
    text: str,
    figure: str = TABLE,
    detail: str = "",
    claim: bool = False,
    action: Action | None = None,
) -> Verdict:
    """The answer to one question."""
    return Verdict(
        question=question,
        title=_TITLES[question],
        answer=answer,
        text=text,
        detail=detail,
        figure=figure,
        claim=claim,
        action=action,
    )


def control_name(row: SettingRow, of: SettingRow) -> str:
    """A control in words: "CE at CB-Focal 0.997's effective rate (0.0044)"."""
    rate = f" ({row.effective_rate:.3g})" if row.effective_rate is not None else ""
    return f"{loss_label(row.config)} at {loss_label(of.config)}'s effective rate{rate}"


def short(label: str | None) -> str:
    """A label, short enough for a sentence."""
    return cut(label or "", 48)
