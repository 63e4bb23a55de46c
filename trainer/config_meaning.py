"""What the fields of RunConfig mean, by dotted path, for whoever shows, compares or stores them.

All of it is derived from the declarations (`about`), so a field that is declared is known everywhere. A flat
configuration is one in JSON's values under dotted paths, as `flatten` makes it.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, get_args

from trainer.config_fields import choices, leaf_fields
from trainer.config_section import Meaning, Role, Section, Shown, meaning_of
from trainer.config_sections import RunConfig


@cache
def meanings() -> dict[str, Meaning]:
    """Path -> what is known about the field, in form order."""
    return {path: meaning_of(field) for path, field in leaf_fields().items()}


@cache
def with_role(*roles: Role) -> tuple[str, ...]:
    """Paths of the fields with one of these roles, those of no section first, then in form order."""
    found = [path for path in meanings() if role_of(path) in roles]
    return tuple(sorted(found, key=lambda path: "." in path))


@cache
def role_of(path: str) -> Role:
    """A field's role: its own or its section's; of a field that is unknown here, a setting."""
    name, dot, _ = path.partition(".")
    section = RunConfig.model_fields[name].annotation if dot and name in RunConfig.model_fields else RunConfig
    own = meanings()[path].role if path in meanings() else None
    return own or (section.role if isinstance(section, type) and issubclass(section, Section) else "setting")


@cache
def shown(where: Shown) -> tuple[str, ...]:
    """Paths of the fields that labels say there, in form order."""
    return tuple(path for path, meaning in meanings().items() if meaning.shown == where)


@cache
def short_word(path: str) -> str:
    """A short word for a field: "rate" for optim.learning_rate."""
    known = meanings().get(path)
    return (known.short if known else "") or path.rpartition(".")[2].replace("_", " ")


def is_named(path: str) -> bool:
    """Whether a value of the field needs the field's word beside it."""
    return path not in meanings() or meanings()[path].named


def title_of(path: str) -> str:
    """A field's name as the form has it: "Learning rate"."""
    field = leaf_fields().get(path)
    return (field.title if field else None) or path


@cache
def null_is_a_value(path: str) -> bool:
    """Whether null says something itself where the field has an effect; of others, that it has none."""
    if path not in meanings() or not _is_nullable(path):
        return False
    return meanings()[path].used_when is None or leaf_fields()[path].default is None


def is_used(flat: Mapping[str, Any], path: str) -> bool:
    """Whether the field has an effect in a flat configuration."""
    use = meanings()[path].used_when
    prefix = path.rpartition(".")[0] + "."
    return use is None or use.holds({name: flat.get(prefix + name) for name in use.tests})


def hangs_on_choice(path: str) -> bool:
    """Whether only words that are chosen in its section decide its effect, as the loss decides gamma's."""
    use = meanings()[path].used_when if path in meanings() else None
    return use is not None and all(choices(f"{path.rpartition('.')[0]}.{name}") for name in use.tests)


def idle(values: Mapping[str, Sequence[Any]]) -> set[str]:
    """Paths without effect whichever of these values is taken, of a field that has none here its default."""
    found: set[str] = set()
    for path, decides in _deciding().items():
        counting = {name: values.get(name) or (leaf_fields()[name].default,) for name in decides - found}
        if not any(is_used({name: value}, path) for name, tried in counting.items() for value in tried):
            found.add(path)
    return found


@cache
def tunable() -> tuple[str, ...]:
    """Paths of a setting's numbers, in form order: each method may have its own best of what all have."""
    return tuple(
        path
        for path, field in leaf_fields().items()
        if {int, float} & {field.annotation, *get_args(field.annotation)}
        and (role_of(path) == "setting" or meanings()[path].tuned)
        and not null_is_a_value(path)
    )


def deciding() -> set[str]:
    """Paths of the fields on which the effect of others hangs."""
    return set().union(*_deciding().values())


def depending_on(path: str) -> set[str]:
    """The field and those that have an effect only through it."""
    found = {path}
    for other, decides in _deciding().items():
        if decides <= found:
            found.add(other)
    return found


@cache
def _deciding() -> dict[str, set[str]]:
    """Path of each field that may have no effect -> paths of those that decide it, in form order."""
    return {
        path: {f"{path.rpartition('.')[0]}.{name}" for name in meaning.used_when.tests}
        for path, meaning in meanings().items()
        if meaning.used_when
    }


def _is_nullable(path: str) -> bool:
    return type(None) in get_args(leaf_fields()[path].annotation)


SEEDS = with_role("seed")
MACHINE = with_role("machine")
"""Where a run is trained: runs that differ in nothing else are equal."""
NO_SETTING = (*SEEDS, *MACHINE)
"""Runs that differ in nothing else are of one setting."""
WEIGHTS = depending_on("loss.weighting")
BESIDE_WEIGHTS = tuple(path for path in with_role("compared") if path not in WEIGHTS)
"""What is compared but for the weights of classes."""
