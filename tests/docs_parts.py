"""The parts of the documentation that are made from the code: python -m tests.docs_parts writes them.

A part stands in its page between `<!-- made: NAME -->` and `<!-- end -->`; test_documentation says when it is
old.
"""

import ast
import inspect
import re
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, get_args

import click

from app.cli import main as command_line
from app.client import Client
from app.main import create_app
from app.reproduction.plan import papers, plans
from app.search.fields import known_fields
from app.settings import Settings
from tests.docs_methods import methods, named_methods
from tests.docs_tables import defaults, table
from tests.documents import PAGES, ROOT
from trainer.config_fields import as_text, choices, leaf_fields
from trainer.config_presets import ABOUT
from trainer.config_section import meaning_of
from trainer.config_sections import ModelConfig
from trainer.data.sources import PUBLISHED
from trainer.losses import LOSSES
from trainer.metrics.table import METRICS
from trainer.mixing import MIXINGS
from trainer.models import MODELS, model_spec
from trainer.policies import POLICIES
from trainer.registry import Registry
from trainer.second_stages import SECOND_STAGES

_PART = re.compile(r"(<!-- made: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def main() -> None:
    """Write every page whose parts are old, and name it."""
    for path in PAGES.values():
        new = with_parts(path.read_text("utf-8"))
        if new != path.read_text("utf-8"):
            path.write_text(new, "utf-8")
            print(path.relative_to(ROOT))


def with_parts(text: str) -> str:
    """The page with each of its parts as the code has it today."""
    return _PART.sub(lambda found: f"{found[1]}\n{PARTS[found[2]]()}\n\n{found[3]}", text)


def search_fields() -> str:
    """What a search may ask of every run, whatever its configuration."""
    ours = [field for field in known_fields().values() if field.source not in ("config", "figure")]
    return table(("field", "what it is"), [[f"`{field.name}`", field.about] for field in ours])


def fields() -> str:
    """Every field of a configuration, a table a section."""
    sections: dict[str, list[list[str]]] = {}
    for path, field in leaf_fields().items():
        default = as_text(field.get_default(call_default_factory=True)) or "none"
        use = meaning_of(field).used_when
        text = f"{field.description}. {use.sentence}" if use else field.description or ""
        row = [f"`{path}`", field.title or "", f"`{default}`", _values(path), text]
        sections.setdefault(path.rpartition(".")[0] or "the run itself", []).append(row)
    head = ("field", "name", "default", "values", "meaning")
    return "\n\n".join(f"### {name}\n\n{table(head, rows)}" for name, rows in sections.items())


def presets() -> str:
    """Every preset with what it is for."""
    return table(("preset", "what it is"), [[f"`{name}`", about] for name, about in ABOUT.items()])


def _values(path: str) -> str:
    """The words or the bounds of a field, with its unit."""
    if words := choices(path):
        return ", ".join(f"`{word}`" for word in words)
    field = leaf_fields()[path]
    if bool in (field.annotation, *get_args(field.annotation)):
        return "`true`, `false`"
    signs = {"ge": "≥", "gt": ">", "le": "≤", "lt": "<"}
    bounds = [
        f"{sign} {getattr(each, name):,.10g}"
        for each in field.metadata
        for name, sign in signs.items()
        if getattr(each, name, None) is not None
    ]
    unit = meaning_of(field).unit
    return ", ".join(bounds) + (f" ({unit})" if unit else "")


def losses() -> str:
    """Every loss with its formula, its own fields at their defaults, and its publication."""
    rows = [
        [f"`{loss.name}`", loss.formula, defaults(loss.fields.model_fields), loss.source or "–"]
        for loss in LOSSES
    ]
    return table(("loss", "minimised for an image of class y", "fields", "source"), rows)


def entries(registry: Registry[Any]) -> str:
    """The choices of a register that change something, with the defaults of their fields and their source."""
    rows = [
        [
            f"`{entry.name}`",
            entry.about.partition(": ")[2],
            defaults(entry.fields.model_fields),
            entry.source,
        ]
        for entry in registry
        if entry.about
    ]
    return table((registry.kind, "what it does", "fields", "source"), rows)


def models() -> str:
    """Every network at its usual fields, for ten classes."""
    rows = []
    for model in MODELS:
        spec = model_spec(ModelConfig.model_validate({"name": model.name}), 10, 32)
        size = (f"{spec.parameters:,}", f"{spec.multiply_adds / 1e6:,.1f}")
        rows.append([f"`{model.name}`", model.about.partition(": ")[2], *size, model.source or "–"])
    return table(("model", "layers", "parameters", "million multiply-adds", "source"), rows)


def metrics() -> str:
    """Every metric of an epoch on the test set."""
    units = {"fraction": "fraction 0 to 1", "nats": "loss", "": "number"}
    better = {"higher": "more", "lower": "less"}
    rows = [
        [f"`{name}`", metric.title, metric.about, units[metric.unit], better[metric.better]]
        for name, metric in METRICS.items()
    ]
    return table(("name", "in tables", "what it is", "stored as", "better"), rows)


def commands() -> str:
    """Every command with its arguments and options."""
    return "\n\n".join(_command(name, command) for name, command in leaf_commands())


def leaf_commands(
    group: click.Group = command_line, before: str = "betaboard"
) -> Iterator[tuple[str, click.Command]]:
    """Commands that do something, by their whole name."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from leaf_commands(command, f"{before} {name}")
            continue
        yield f"{before} {name}", command
        for verb, below in getattr(command, "verbs", {}).items():
            yield f"{before} {name} {verb}", below


def _command(name: str, command: click.Command) -> str:
    context = click.Context(command, info_name=name)
    usage = " ".join(command.collect_usage_pieces(context))
    rows = [
        [f"`{record[0]}`", record[1]]
        for option in command.params
        if isinstance(option, click.Option) and (record := option.get_help_record(context))
    ]
    told = (command.help or "").replace("\n\n", "\n").strip()
    return f"### {name}\n\n`{name} {usage}`\n\n{told}\n\n{table(('option', 'meaning'), rows)}"


def plans_table() -> str:
    """Every plan of a reproduction: its command, its size, and where it comes from."""
    rows = [
        [
            f"`betaboard reproduce {before}{name}`",
            str(len(plan.settings)),
            str(sum(setting.seeds for setting in plan.settings)),
            str(len(plan.claims)),
            plan.source,
        ]
        for before, known in (("", plans()), ("paper ", papers()))
        for name, plan in known.items()
    ]
    return table(("command", "settings", "runs", "claims", "source"), rows)


def endpoints() -> str:
    """Every operation of the REST API."""
    document = create_app(Settings(data_dir=Path("nowhere"))).openapi()
    rows = [
        [f"`{method.upper()} {path}`", _first_sentence(what.get("description") or what["summary"])]
        for path, methods in document["paths"].items()
        for method, what in methods.items()
    ]
    return table(("request", "answer"), sorted(rows, key=lambda row: (row[0].split()[1], row[0])))


def packages() -> str:
    """Every package with what it says of itself."""
    found = sorted(path.parent for name in ("app", "trainer") for path in (ROOT / name).rglob("__init__.py"))
    rows = [[f"`{folder.relative_to(ROOT)}/`", _docstring(folder / "__init__.py")] for folder in found]
    return table(("package", "what it holds"), [row for row in rows if row[1]])


def _docstring(path: Path) -> str:
    return _first_sentence(ast.get_docstring(ast.parse(path.read_text("utf-8"))) or "")


def _first_sentence(text: str) -> str:
    paragraph = " ".join(text.split("\n\n")[0].split())
    return re.split(r"(?<=[a-z)`])\. (?=[A-Z])", paragraph)[0]


def calls() -> str:
    """Every public call of the client, with what it says of itself."""
    found = [
        (name, call)
        for kind in Client.__mro__
        for name, call in vars(kind).items()
        if inspect.isfunction(call) and not name.startswith("_")
    ]
    rows = [
        [f"`{name}({_parameters(call)})`", _first_sentence(inspect.getdoc(call) or "")]
        for name, call in found
    ]
    return table(("call", "what it does"), rows)


def _parameters(call: Callable[..., Any]) -> str:
    """The names of what a call takes, optional ones with their default."""
    taken = list(inspect.signature(call).parameters.values())[1:]
    kinds: dict[object, str] = {inspect.Parameter.VAR_POSITIONAL: "*", inspect.Parameter.VAR_KEYWORD: "**"}
    return ", ".join(
        kinds.get(one.kind, "") + one.name + ("" if one.default is one.empty else f"={one.default!r}")
        for one in taken
    )


def published() -> str:
    """The data sets that torchvision reads: their size, and where their files come from and lie."""
    head = ("name", "training images", "test images", "classes", "files", "from", "put into")
    rows = [[f"`{of.name}`", f"{sum(of.train_counts):,}", f"{sum(of.test_counts):,}",
             f"{len(of.class_names)}", ", ".join(f"`{name}`" for name, _ in of.files), f"<{of.address}>",
             f"`datasets/{of.name}/{of.folder}`"] for of in PUBLISHED]  # fmt: skip
    return table(head, rows)


PARTS: dict[str, Callable[[], Any]] = {
    "fields": fields,
    "search_fields": search_fields,
    "losses": losses,
    "mixings": partial(entries, MIXINGS),
    "methods": methods,
    "named_methods": named_methods,
    "models": models,
    "presets": presets,
    "policies": partial(entries, POLICIES),
    "second_stages": partial(entries, SECOND_STAGES),
    "metrics": metrics,
    "commands": commands,
    "calls": calls,
    "endpoints": endpoints,
    "published": published,
    "packages": packages,
    "plans": plans_table,
}

if __name__ == "__main__":
    main()
