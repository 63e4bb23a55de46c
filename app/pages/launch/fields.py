"""A field of the form of a new run: what stands in it, what it offers, and why it has no effect now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from app.formats import setting
from app.pages.launch.body import own_fields, parts
from app.views.system.view import DatasetView, FieldView
from trainer.config_fields import as_text, leaf_fields
from trainer.config_meaning import MACHINE, hangs_on_choice, meanings
from trainer.config_sections import PLUGGED
from trainer.methods import Method

DATASET, IMBALANCE = "data.dataset", "data.imbalance"
OWN_IMAGES = "folder:"
"""What names of imported data sets begin with."""


@dataclass(frozen=True)
class Option:
    """One word that a choice offers. `also` says that it is run beside the one selected.

    sets: another field and the value that goes with this word, such as data.imbalance=none; "" for none.
    """

    value: str
    word: str
    also: bool
    sets: str = ""


@dataclass(frozen=True)
class FormField:
    """A field with what stands in it. `idle` says why it has no effect now, "" where it has one.

    Of a choice, `value` is the selected word; `options` are empty for a field that is typed. about: its help,
    of a choice that of what is chosen. gap: what stands for nothing typed.
    """

    view: FieldView
    value: str
    idle: str
    problem: str
    about: str
    options: tuple[Option, ...] = ()
    gap: str = ""
    was: str | None = None
    """What stands here in the preset or the run that the form began with, where that is something else."""

    @property
    def said(self) -> str:
        """What stands here, as one reads it."""
        chosen = [option.word for option in self.options if option.also or option.value == self.value]
        return ", ".join(chosen) or self.value or "none"

    @property
    def text(self) -> str:
        """All that stands here, as `typed` reads it."""
        also = [option.value for option in self.options if option.also]
        return ", ".join([self.value, *also])

    @property
    def is_away(self) -> bool:
        """Whether it belongs to what is not chosen now, and so is out of sight with what was typed in it."""
        return bool(self.idle) and not self.problem and hangs_on_choice(self.view.path)

    @property
    def is_told(self) -> bool:
        """Whether the line of folded fields says it: it has an effect, and is often touched or changed."""
        return not self.idle and (self.was is not None or not meanings()[self.view.path].rare)

    @property
    def takes_several(self) -> bool:
        """Of a choice: whether more than one word can be run."""
        return len(self.options) > 1 and self.view.path not in MACHINE

    @property
    def is_several(self) -> bool:
        """Of a choice: whether more than the selected word is run."""
        return any(option.also for option in self.options)


def form_field(
    field: FieldView,
    typed: Mapping[str, str],
    is_idle: bool,
    said: Mapping[str, str],
    datasets: Sequence[DatasetView] = (),
) -> FormField:
    """The field with what is `typed`, its default where nothing is; `said` are the problems by path."""
    usual, offer = as_text(field.default), _offer(field, datasets)
    value = typed.get(field.path, usual)
    if is_idle and value == "" and field.default is not None:
        value = usual
    use = meanings()[field.path].used_when
    idle, problem = use.sentence if use and is_idle else "", said.get(field.path, "")
    return _filled(FormField(field, value, idle, problem, field.about), offer, usual)


def own_field(
    method: Method, field: FieldView, typed: Mapping[str, str], said: Mapping[str, str], follows: str
) -> FormField:
    """A field of a method, named as such; follows: what an empty deferred one stands for, in words."""
    name, is_deferred = own_fields(method.name)[field.path], field.path in method.deferred
    usual = as_text(method.usual(field.path))
    gap = follows if is_deferred else ""
    own = FormField(
        field.model_copy(update={"path": name}), typed.get(name, usual), "", said.get(name, ""), field.about
    )
    return _filled(replace(own, gap=gap), {word: word for word in field.choices}, usual)


def beside(field: FormField, now: str, was: str) -> FormField:
    """The field with what it began with, unless that is the same or nothing now has an effect here."""
    if field.idle or now == was:
        return field
    words = {option.value: option.word for option in field.options}
    return replace(field, was=words.get(was, was) or "none")


def _filled(field: FormField, offer: Mapping[str, str], usual: str) -> FormField:
    """The field with the words that it offers, one of which is selected."""
    if not offer:
        return field
    chosen = parts(field.value) or [usual]
    words = dict(offer) | {word: f"{word} (not here)" for word in chosen if word not in offer}
    options = tuple(
        Option(word, text, word in chosen[1:], _sets(field, word)) for word, text in words.items()
    )
    return replace(field, value=chosen[0], options=options, about=_help(field.view, chosen))


def _sets(field: FormField, word: str) -> str:
    """Own images are taken as they are, unless somebody thins them; others are long-tailed by thinning."""
    if field.view.path != DATASET:
        return ""
    usual = as_text(leaf_fields()[IMBALANCE].default)
    return f"{IMBALANCE}={usual_thinning({DATASET: word}).get(IMBALANCE, usual)}"


def usual_thinning(typed: Mapping[str, str]) -> dict[str, str]:
    """What else is meant where an address says own images and nothing of how they are thinned."""
    names = parts(typed.get(DATASET, ""))
    return {IMBALANCE: "none"} if names and all(name.startswith(OWN_IMAGES) for name in names) else {}


def _help(field: FieldView, chosen: Sequence[str]) -> str:
    """What is said of the chosen words, each with its source; of a choice that tells none apart, all."""
    registry = next((registry for path, registry in PLUGGED.items() if field.path.endswith(path)), None)
    if registry is not None:
        entries = [entry for entry in registry if entry.name in chosen]
        told = [(entry.about.removeprefix(f"{entry.name}: "), entry.source) for entry in entries]
        return "; ".join(f"{text} ({source})" if source else text for text, source in told if text)
    said = [part for part in field.about.split("; ") if part.startswith(tuple(chosen))]
    return "; ".join(said) or ("" if "none" in chosen and ": " in field.about else field.about)


def _offer(field: FieldView, datasets: Sequence[DatasetView]) -> dict[str, str]:
    """Value -> word of all that can be chosen; {} for a field that is typed."""
    if field.path == "data.dataset":
        return {item.name: item.title for item in datasets}
    if field.kind == "switch":
        return {as_text(value): setting(value) for value in (True, False)}
    return {word: word for word in field.choices}
