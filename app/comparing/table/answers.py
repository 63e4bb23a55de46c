"""The answers of a comparison as people read them: a word each, and what is still to come before them."""

from app.comparing.view import Answered, Comparison, Verdict

ANSWERS: dict[Answered, str] = {
    "yes": "Yes",
    "no": "No",
    "same": "The same",
    "unknown": "Cannot tell yet",
    "so_far_yes": "So far yes",
    "so_far_no": "So far no",
    "so_far_same": "So far the same",
}


def said(one: Verdict, baseline: str | None) -> str:
    """Question, answer and reason in full."""
    return f"{one.title} {answer_word(one, baseline)}. {one.text} {one.detail}".strip()


def answer_word(one: Verdict, baseline: str | None) -> str:
    """The answer; without a baseline no run that is still to come would tell whether a row is better."""
    if one.question == "baseline" and baseline is None:
        return "Cannot tell"
    return ANSWERS[one.answer]


def spoken(view: Comparison) -> tuple[str, ...]:
    """What is still to come, where something is, then each answer in full."""
    return (
        *([f"{view.unfinished.text}."] if view.unfinished else []),
        *(said(one, view.baseline) for one in view.verdicts),
    )
