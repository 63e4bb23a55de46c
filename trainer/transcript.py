"""A run's events as lines for people: log.txt, and the terminal. Imports no torch."""

from trainer.events import Begun, Epoch, Event, Failed, Finished, Log, Piece, Started, Stopped
from trainer.losses import minimised
from trainer.second_stages import SECOND_STAGES
from trainer.stages import stage_config
from trainer.visible import visible_lines

UNDEFINED = "–"


def line(event: Event) -> str | None:
    """One event as a line or a few; None for what would only fill the log (progress, checkpoints).

    Names of classes and files are text in it: nothing that a terminal would act upon.
    """
    told = _line(event)
    return None if told is None else visible_lines(told)


def _line(event: Event) -> str | None:
    match event:
        case Started():
            return _started(event)
        case Epoch():
            return _epoch(event)
        case Begun():
            return _begun(event)
        case Piece():
            return f"{event.number}: {event.name}, {event.seconds:.1f} s"
        case Log(level="warning"):
            return f"warning: {event.message}"
        case Log():
            return event.message
        case Finished():
            return _finished(event)
        case Stopped():
            return f"Stopped on request after {_place(event.epoch, event.steps)}."
        case Failed():
            return "\n".join(
                part for part in (f"Failed: {event.message}", event.hint, event.traceback) if part
            )
    return None


def percent(fraction: float | None) -> str:
    """0.1234 -> "12.3 %"; a dash for None."""
    return UNDEFINED if fraction is None else f"{100 * fraction:.1f} %"


def _started(event: Started) -> str:
    kind, threads = event.config.model.name, event.provenance.get("threads")
    head = (
        f"{event.config.data.dataset}: {sum(event.train_counts)} training images in {len(event.class_names)} "
        f"classes (ratio {event.achieved_ratio:.4g}), {sum(event.test_counts)} test images; "
        f"{kind}, {event.parameters:,} parameters; {event.provenance.get('device')}, "
        f"{threads} thread{'' if threads == 1 else 's'}"
    )
    stage = SECOND_STAGES[event.config.second_stage.name]
    second = [f"Second stage, {stage.title}: {stage.about.partition(': ')[2]}."] if stage.about else []
    told = minimised(stage_config(event.config).loss)
    place = event.resumed_after_epoch, event.resumed_after_steps
    resumed = [f"Resumed after {_place(*place)}."] if any(place) else []
    return "\n".join(
        [
            head,
            *second,
            *([told] if told else []),
            *resumed,
            *(f"warning: {warning}" for warning in event.warnings),
        ]
    )


def _begun(event: Begun) -> str:
    kept = f", {event.done} of them done" if event.done else ""
    return "\n".join([f"{event.pieces} pieces{kept}.", *(f"warning: {told}" for told in event.warnings)])


def _epoch(event: Epoch) -> str:
    judged = f"test {percent(event.test_accuracy)} (balanced {percent(event.test_balanced_accuracy)})"
    if event.validation_balanced_accuracy is not None:
        judged += f", validation balanced {percent(event.validation_balanced_accuracy)}"
    return (
        f"epoch {event.epoch}: loss {_number(event.train_loss)}, train "
        f"{percent(event.train_accuracy)}, {judged}, test loss {_number(event.test_loss)}, "
        f"rate {event.learning_rate:.4g}, {event.seconds:.1f} s" + (" (diverged)" if event.diverged else "")
    )


def _finished(event: Finished) -> str:
    end = f"Finished {event.epochs} epoch{'' if event.epochs == 1 else 's'} in {event.seconds:.1f} s"
    if event.best is None:
        return f"{end}."
    best = event.best
    return f"{end}; best balanced accuracy on {best.chosen_on} {percent(best.value)}, epoch {best.epoch}."


def _place(epoch: int, steps: int) -> str:
    return f"epoch {epoch}" + (f" and {steps} step{'' if steps == 1 else 's'} of the next" if steps else "")


def _number(value: float | None) -> str:
    """Four decimals; of what is as large as a run gives before it diverges, four digits."""
    if value is None:
        return UNDEFINED
    return f"{value:.4f}" if abs(value) < 100_000 else f"{value:.4g}"
