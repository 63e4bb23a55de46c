"""What a person at a terminal sees, and what a pipe gets."""

import io

import pytest
from rich.console import Console

from tests.trainer.tiny import CLASSES, record, tiny_config
from trainer.events import ENTRY, Batch, Entry, Event, Failed, Log, Started
from trainer.terminal import JsonLines, PeopleScreen

STARTED = Started(
    config=tiny_config(),
    class_names=CLASSES,
    train_counts=(9, 9, 9),
    validation_counts=(0, 0, 0),
    test_counts=(8, 8, 8),
    weights=None,
    fingerprint="f",
    achieved_ratio=1.0,
    images_per_epoch=27,
    steps_per_epoch=10,
    parameters=1,
    resumed_after_epoch=1,
)


def shown(*events: Event, terminal: bool) -> str:
    file = io.StringIO()
    with PeopleScreen(Console(file=file, force_terminal=terminal, width=300, no_color=True)) as screen:
        for event in events:
            screen.show(Entry(seq=1, time="t", event=event))
    return file.getvalue()


def test_a_pipe_gets_plain_lines_and_no_bar() -> None:
    output = shown(STARTED, Log(message="hello"), record(2, 0.5), terminal=False)
    assert "\x1b" not in output
    assert output.splitlines()[2:4] == ["Resumed after epoch 1.", "hello"]
    assert output.splitlines()[4].startswith("epoch 2:")


@pytest.mark.parametrize(
    ("loss", "said"),
    [
        ({"name": "ldam"}, "LDAM loss, minimised: -log softmax(s (cos - m_y 1_y))_y, m_c = m_max "
         "(n_min / n_c)^(1/4), on a cosine head"),
        ({"name": "focal", "gamma": 2}, "focal loss, minimised: -(1 - p_y)^gamma log p_y, gamma = 2"),
        ({"name": "focal", "gamma": 0.5, "probability": "sigmoid"}, "focal loss, minimised: -sum_c "
         "(1 - q_c)^gamma log q_c, gamma = 0.5, q_y = p_y, q_c = 1 - p_c of the others, over sigmoids"),
        ({"name": "cross_entropy"}, "cross-entropy, minimised: -log p_y"),
        ({"name": "cross_entropy", "label_smoothing": 0.1},
         "cross-entropy, minimised: (1 - e) L_y + e/C sum_c L_c, e = 0.1, L_y = -log p_y"),
        ({"name": "logit_adjusted", "label_smoothing": 0.2}, "logit-adjusted loss, minimised: (1 - e) L_y "
         "+ e/C sum_c L_c, e = 0.2, L_y = -log softmax(z + o)_y, o_c = tau log(n_c / n)"),
    ],
)  # fmt: skip
def test_a_start_says_the_formula_in_the_form_that_is_trained(loss: dict[str, object], said: str) -> None:
    output = shown(STARTED.model_copy(update={"config": tiny_config(loss=loss)}), terminal=False)
    assert [text for text in output.splitlines() if ", minimised: " in text] == [said]


def test_a_terminal_gets_a_bar_over_all_steps() -> None:
    batch = Batch(epoch=2, step=5, steps=10, loss=1.0, images_per_second=9.0)
    output = shown(STARTED, batch, terminal=True)
    assert "15/30" in output
    assert "epoch 2" in output


@pytest.mark.parametrize("terminal", [True, False])
def test_text_is_never_markup(terminal: bool) -> None:
    output = shown(Failed(error_type="E", message="class '[bold]cat[/bold]' [/]"), terminal=terminal)
    assert "class '[bold]cat[/bold]' [/]" in output


def test_json_lines_are_entries(capsys: pytest.CaptureFixture[str]) -> None:
    entry = Entry(seq=3, time="t", event=Log(message="line\nbreak"))
    with JsonLines() as screen:
        screen.show(entry)
    output = capsys.readouterr().out
    assert output.count("\n") == 1
    assert ENTRY.validate_json(output) == entry
