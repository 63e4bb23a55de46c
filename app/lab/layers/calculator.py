"""The calculator of layer shapes: a stack of layers in; size, cost and receptive field of each out.

A stack may be filled from a model or a run: `trainer.models.specs` is what the network itself is built from.
"""

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field as Bounded

from app.lab.base.calculator import RUN, Calculator, Example, Field, Typed, group
from app.lab.base.columns import table
from app.lab.base.formula.exact import refuse
from app.lab.base.sources import Sources, config_of, run_number
from app.lab.base.text import LONGEST_TEXT, numbers
from app.lab.layers.formula.kinds import as_line, kind_of, parse_line
from app.lab.layers.formula.lines import layer_lines, note
from app.lab.layers.formula.request import read_input, read_layers
from app.lab.layers.formula.stack import BYTES, Placed, place, totals
from app.lab.layers.views import LayerRowView, LayersView, WindowView
from app.schemas import Body
from trainer.config import RunConfig, parse_config
from trainer.errors import DataError
from trainer.losses import head_of
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
    return _layers(config_of({"model": section}), classes, image_size, "image_size")


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
    return _stack(_layers(config, len(info.class_names), info.image_size, "run"), info.image_size)


def _described(dataset: str, sources: Sources) -> "DatasetInfo":
    from trainer.data.sources import describe

    try:
        return describe(dataset, sources.settings.datasets_dir)
    except DataError as error:
        raise refuse("run", f"its data set cannot be read: {error.message}", error.hint) from error


def _layers(config: RunConfig, classes: int, image_size: int, path: str) -> list[dict[str, Any]]:
    try:
        spec = model_spec(config.model, classes, image_size, head_of(config.loss))
    except ValueError as error:
        raise refuse(path, str(error)) from error
    if any(place.kind == "add" for place in spec.layers):
        raise refuse(
            path, f"{spec.name} adds what goes around its blocks; a stack has one layer after another"
        )
    return [{"kind": kind_of(place.layer), **vars(place.layer)} for place in spec.layers]


def _stack(layers: list[dict[str, Any]], image_size: int) -> dict[str, str]:
    text = "\n".join(map(as_line, read_layers(layers)))
    return {"input": f"3, {image_size}, {image_size}", "layers": text}


def _classes(text: str) -> int:
    if not re.fullmatch(r"\s*0*[1-9][0-9]{0,4}\s*", text):
        raise refuse("classes", f"must be a whole number from 1 to 99999, got {text[:40]!r}")
    return int(text)


SMALLEST_SIDE, LARGEST_SIDE = 1, 4096
_BLOCKS = [f"conv {channels} k3 p1 nobias\nbatch_norm\npool k2\nrelu" for channels in (32, 64, 128, 256)]
WRITE_UP_NET = "\n".join([*_BLOCKS, "flatten\nlinear 256\nrelu\nlinear 10"])


class LayersBody(Body):
    """Either `input`, [channels, height, width] or [features], and `layers`, or a `model` for `classes`.

    layers: {kind, ...} with kind conv (out_channels, kernel, stride, padding, dilation, groups, bias), pool
    (kernel, stride, padding, mode), global_pool, batch_norm, activation (name), flatten, dropout (rate) or
    linear (features, bias). model: a name, or the section `model` of a run's configuration.
    """

    input: list[Any] | None = None
    layers: list[Any] | None = None
    model: str | dict[str, Any] | None = None
    classes: Annotated[int, Bounded(ge=1, le=99_999, strict=True)] = 10
    image_size: Annotated[int, Bounded(ge=SMALLEST_SIDE, le=LARGEST_SIDE, strict=True)] = 32


def request(typed: Typed) -> Mapping[str, Any]:
    """What was typed as the request: one layer a line."""
    if len(typed["layers"]) > LONGEST_TEXT:
        raise refuse("layers", f"has {len(typed['layers']):,} characters; {LONGEST_TEXT:,} are read")
    written = [line for line in typed["layers"].replace(";", "\n").splitlines() if line.strip()]
    return {
        "input": numbers(typed["input"].replace("x", " "), "input"),
        "layers": [parse_line(line, f"layers[{at}]") for at, line in enumerate(written)],
    }


def calculate(body: LayersBody) -> LayersView:
    """Each layer in its place, and the totals. Raises TheoryError naming the field: layers[2].kernel."""
    given, shape = body.layers, body.input
    if body.model is not None:
        if given is not None or shape is not None:
            raise refuse("model", "stands in place of input and layers: give one or the other")
        shape = [3, body.image_size, body.image_size]
        given = model_layers(body.model, body.classes, body.image_size)
    image = read_input(shape)
    placed = place(image, read_layers(given))
    rows = tuple(_row(row, front) for row, front in zip(placed, (None, *placed), strict=False))
    notes = tuple(f"Layer {at} ({row.text}): {row.note}" for at, row in enumerate(rows, 1) if row.note)
    return LayersView(input=image, output=placed[-1].output, rows=rows, totals=totals(placed), notes=notes)


def lines(view: LayersView) -> Iterator[str]:
    """One row a layer, the totals and the notes."""
    heads = ["layer", "output", "parameters", "multiply-adds", "kB", "sees", "unread"]
    whole = view.totals
    costs = (f"{whole.parameters:,}", f"{whole.multiply_adds:,}", f"{whole.activation_bytes / 1000:,.1f}")
    end = ["in all", _shape(view.output), *costs, "", str(whole.unseen or "")]
    yield from table(heads, [["input", _shape(view.input), "", "", "", "", ""], *map(_line, view.rows), end])
    if view.notes:
        yield ""
    yield from view.notes
    if whole.unseen:
        yield f"{whole.unseen:,} of {view.input[1] * view.input[2]:,} pixels of the image reach no output."


def _row(row: Placed, front: Placed | None) -> LayerRowView:
    same = {name: value for name, value in vars(row).items() if name not in ("layer", "axes")}
    return LayerRowView(
        text=as_line(row.layer),
        kind=kind_of(row.layer),
        window=_window(row),
        activations=row.activations,
        activation_bytes=BYTES * row.activations,
        note=note(row),
        derivation=layer_lines(row, front),
        **same,
    )


def _window(row: Placed) -> WindowView | None:
    if row.axes is None:
        return None
    down, across = row.axes
    return WindowView(
        kernel=(down.kernel, across.kernel),
        stride=(down.stride, across.stride),
        padding=((down.before, down.after), (across.before, across.after)),
        dilation=(down.dilation, across.dilation),
        groups=getattr(row.layer, "groups", 1),
    )


def _line(row: LayerRowView) -> list[str]:
    field = row.receptive_field
    sees = "all" if field is None else str(field[0]) if field[0] == field[1] else f"{field[0]}x{field[1]}"
    memory = f"{row.activation_bytes / 1000:,.1f}"
    cost = (f"{count:,}" if count else "" for count in (row.parameters, row.multiply_adds))
    return [row.text, _shape(row.output), *cost, memory, sees, str(row.unread or "")]


def _shape(shape: tuple[int, ...]) -> str:
    return "x".join(map(str, shape))


EXAMPLES = (
    Example(
        "A pool that drops a row and a column",
        "33 is odd: a pool of 2 fits 16 times, and the floor drops the last row and column. Nothing warns of "
        "it, and the convolution before it still sees those pixels in part.",
        {"input": "3, 33, 33", "layers": "conv 32 k3 p1 nobias\nbatch_norm\npool k2\nrelu"},
    ),
    Example(
        "Windows further apart than they are wide",
        "The write-up's first problem: kernel 3, stride 4, padding 2 on 3 x 3. Each window reads one corner; "
        "the middle row and column are read by none.",
        {"input": "1, 3, 3", "layers": "conv 1 k3 s4 p2 nobias"},
    ),
    Example(
        "Depthwise and pointwise in place of one convolution",
        "A convolution of 3 x 3 from 64 to 128 channels takes 73,728 weights; one of 3 x 3 by channel and "
        "one of 1 x 1 behind it take 8,768, with the same receptive field.",
        {"input": "64, 16, 16", "layers": "conv 64 k3 p1 g64 nobias\nconv 128 k1 nobias"},
    ),
    Example(
        "Dilation widens the view for free",
        "Three convolutions of 3 x 3 with dilation 1, 2 and 4 see 15 pixels; without dilation they see 7, at "
        "the same cost.",
        {"input": "16, 64, 64", "layers": "conv 16 k3 p1\nconv 16 k3 p2 d2\nconv 16 k3 p4 d4"},
    ),
)

_LINES = "one a line, such as conv 32 k3 s1 p1, pool k2, relu, flatten, linear 10"
FIELDS = (
    *group(
        "Stack",
        Field("input", "Input", "channels, height, width; or features", "3, 32, 32"),
        Field("layers", "Layers", _LINES, WRITE_UP_NET, "grid"),
    ),
    *group("Fill from", RUN, MODEL, CLASSES),
)
ABOUT = "Output size, parameters, multiply-adds, memory and receptive field of each layer of a stack."
LAYERS = Calculator(
    "layers", "Layer shapes", ABOUT, FIELDS, LayersBody, LayersView, request, calculate, lines, EXAMPLES, fill
)
