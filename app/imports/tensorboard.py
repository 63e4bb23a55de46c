"""Runs that TensorBoard shows: each folder with event files is one, as TensorBoard itself has it.

Scalars count, as plain values (torch, TensorFlow 1) and as tensors (TensorFlow 2), and what the HParams
plugin was told as parameters. Images, histograms and graphs are left out.
"""

import struct
from collections.abc import Iterator
from pathlib import Path

from app.errors import InvalidError
from app.imports.protobuf import all_of, double, fields, first_of, number_of, text_of
from app.imports.records import SourceRun, SourceRuns, moment
from app.imports.series import Point, by_step
from app.imports.tfrecord import records

_NAMES = "*tfevents*"
_FLOAT, _DOUBLE = 1, 2
"""TensorFlow's numbers of these types."""


def read_tensorboard(path: Path) -> SourceRuns:
    """Every run below a folder of logs, by name. Raises InvalidError where there is none."""
    files = [path] if path.is_file() else sorted(path.rglob(_NAMES))
    if not files:
        raise InvalidError(f"{path} holds no event files.", "TensorBoard's end in tfevents and numbers.")
    return _runs(path, files)


def _runs(path: Path, files: list[Path]) -> SourceRuns:
    for folder in sorted({file.parent for file in files}):
        relative = "" if path.is_file() else folder.relative_to(path).as_posix()
        name = relative if relative not in ("", ".") else folder.resolve().name
        yield _run(name, [file for file in files if file.parent == folder])


def _run(name: str, files: list[Path]) -> SourceRun:
    """Its key is when it began, to the microsecond, beside its name."""
    points: dict[str, list[Point]] = {}
    params: dict[str, str] = {}
    times: list[float] = []
    for file in files:
        for record in records(file):
            try:
                time, step, values = _event(record)
                times.append(time)
                for value in values:
                    _take(value, time, step, points, params)
            except ValueError as error:
                raise InvalidError(f"{file} holds an event that cannot be read: {error}.") from error
    first = min(times, default=0.0)
    return SourceRun(
        tool="tensorboard",
        key=f"{first:.6f} {name}",
        name=name,
        started_at=moment(first),
        finished_at=moment(max(times, default=0.0)),
        params=params,
        metrics={key: by_step(points[key]) for key in sorted(points)},
    )


def _event(record: bytes) -> tuple[float, int, Iterator[bytes]]:
    """Time, step, and the values of its summary."""
    step = number_of(record, 2)
    summary = first_of(record, 5) or b""
    return (
        double(first_of(record, 1)) or 0.0,
        step - 2**64 if step >= 2**63 else step,
        iter(all_of(summary, 1)),
    )


def _take(
    value: bytes, time: float, step: int, points: dict[str, list[Point]], params: dict[str, str]
) -> None:
    tag, metadata = text_of(value, 1), first_of(value, 9) or b""
    plugin = first_of(metadata, 1) or b""
    if text_of(plugin, 1) == "hparams":
        params.update(_hparams(first_of(plugin, 2) or b""))
        return
    number = _scalar(value, text_of(plugin, 1))
    if number is not None:
        points.setdefault(tag, []).append((time, step, number))


def _scalar(value: bytes, plugin: str) -> float | None:
    """A plain value, or a tensor that the scalar plugin wrote; None for anything else."""
    plain = first_of(value, 2)
    if plain is not None and len(plain) == 4:
        return float(struct.unpack("<f", plain)[0])
    tensor = first_of(value, 8)
    if tensor is None or plugin != "scalars":
        return None
    kind = number_of(tensor, 1)
    packed = {_FLOAT: ("<f", 5), _DOUBLE: ("<d", 6)}.get(kind)
    if packed is None:
        return None
    form, own = packed
    content = first_of(tensor, 4) or first_of(tensor, own) or b""
    return float(struct.unpack(form, content)[0]) if len(content) == struct.calcsize(form) else None


def _hparams(content: bytes) -> Iterator[tuple[str, str]]:
    """What a session began with: HParamsPluginData 3, of it the map 1 of names to google.protobuf.Value."""
    for session in all_of(content, 3):
        for entry in all_of(session, 1):
            yield text_of(entry, 1), _value(first_of(entry, 2) or b"")


def _value(message: bytes) -> str:
    for number, value in fields(message):
        if number == 2 and isinstance(value, bytes):
            return f"{double(value):g}"
        if number == 3 and isinstance(value, bytes):
            return value.decode("utf-8", "replace")
        if number == 4:
            return "true" if value else "false"
    return ""
