"""Makes a stack of layers of a model's specification, by its name or from a run's configuration.

The specification is `trainer.models.specs`, which the network itself is built from.
"""

import re
from typing import TYPE_CHECKING, Any

from app.lab.base.calculator import Field, Typed
from app.lab.base.formula.exact import refuse
from app.lab.base.sources import Sources, config_of, run_number
from app.lab.layers.formula.kinds import as_line, kind_of
from app.lab.layers.formula.request import read_layers
from trainer.config import parse_config
from trainer.config_sections import ModelConfig
from trainer.errors import DataError
from trainer.models import MODELS, model_spec

if TYPE_CHECKING:
    from trainer.data.cache import DatasetInfo

MODEL = Field("model", "Model", "of this program", "", "choice", ("", *MODELS.names), fills=True)
CLASSES = Field("classes", "Classes", "outputs of the model", "10", fills=True)
IMAGE = 32
"""Side of the images that a model is shown for where none is known."""


def model_layers(model: str | dict[str, Any], classes: int, image_size: int) -> list[dict[str, Any]]:
    """The requests of a model's layers. Raises TheoryError naming model, a field of it, or image_size."""
    section = {"name": model} if isinstance(model, str) else model
    return _layers(config_of({"model": section}).model, classes, image_size, "image_size")


def fill(typed: Typed, sources: Sources) -> Typed:
    """Input and layers of a run's network, or of a model. Raises InvalidError, NotFoundError, TheoryError."""
    if typed["run"].strip():
        return {**typed, **_of_run(run_number(typed["run"]), sources), "run": ""}
    if typed["model"].strip():
        classes = _classes(typed["classes"])
        layers = model_layers(typed["model"].strip(), classes, IMAGE)
        return {**typed, **_stack(layers, IMAGE), "model": "", "classes": CLASSES.default}
    if typed["classes"] != CLASSES.default:
        raise refuse("model", "must be chosen, for its classes to matter")
    return typed


def _of_run(run_id: int, sources: Sources) -> dict[str, str]:
    config = parse_config(sources.run(run_id).config)
    info = _described(config.data.dataset, sources)
    return _stack(_layers(config.model, len(info.class_names), info.image_size, "run"), info.image_size)


def _described(dataset: str, sources: Sources) -> "DatasetInfo":
    from trainer.data.sources import describe

    try:
        return describe(dataset, sources.settings.datasets_dir)
    except DataError as error:
        raise refuse("run", f"its data set cannot be read: {error.message}", error.hint) from error


def _layers(model: ModelConfig, classes: int, image_size: int, path: str) -> list[dict[str, Any]]:
    try:
        spec = model_spec(model, classes, image_size)
    except ValueError as error:
        raise refuse(path, str(error)) from error
    return [{"kind": kind_of(place.layer), **vars(place.layer)} for place in spec.layers]


def _stack(layers: list[dict[str, Any]], image_size: int) -> dict[str, str]:
    text = "\n".join(map(as_line, read_layers(layers)))
    return {"input": f"3, {image_size}, {image_size}", "layers": text}


def _classes(text: str) -> int:
    if not re.fullmatch(r"\s*0*[1-9][0-9]{0,4}\s*", text):
        raise refuse("classes", f"must be a whole number from 1 to 99999, got {text[:40]!r}")
    return int(text)
