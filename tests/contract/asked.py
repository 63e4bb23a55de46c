"""One answer of the application as text: its status, its kind, and what stands in it."""

import hashlib
import io
import json
import zipfile
from typing import Any

import numpy as np
from httpx2 import Response

from tests.contract.outline import outline
from tests.contract.volatile import plain, settled, written

HTML = {"Accept": "text/html"}


def told(response: Response, data_dir: str = "", times: bool = False, frame: bool = False) -> str:
    """Status, where it leads, and the content by its kind."""
    kind = response.headers.get("content-type", "").partition(";")[0]
    head = f"{response.status_code} {kind}".strip()
    for name in ("location", "content-disposition", "allow", "www-authenticate"):
        if name in response.headers:
            head += f"\n{name}: {response.headers[name]}"
    return plain(f"{head}\n{_content(response, kind, data_dir, times, frame)}", data_dir, times)


def _content(response: Response, kind: str, data_dir: str, times: bool, frame: bool) -> str:
    if kind == "application/json" and response.content:
        return written(settled(response.json(), data_dir, times))
    if kind == "text/html":
        return outline(response.text, frame)
    if kind == "application/zip":
        return _zip(response.content)
    if kind == "application/octet-stream":
        return _binary(response.content)
    return response.text.replace("\r\n", "\n")


def _zip(content: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        return "\n".join(
            f"{name}: {len(packed.read(name).splitlines())} lines" for name in sorted(packed.namelist())
        )


def _binary(content: bytes) -> str:
    """The arrays of an .npz, or size and digest of another file: it is passed on as it lies."""
    names = zipfile.ZipFile(io.BytesIO(content)).namelist()
    if not all(name.endswith(".npy") for name in names):
        return f"{len(content)} bytes, sha256 {hashlib.sha256(content).hexdigest()[:12]}"
    with np.load(io.BytesIO(content)) as file:
        return "\n".join(f"{name}: {_array(file[name])}" for name in sorted(file.files))


def _array(array: Any) -> str:
    digest = hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()[:12]
    return f"{array.dtype} {list(array.shape)} sha256 {digest}"


def figure(response: Response) -> str:
    """Of a Plotly figure: each trace's type, name, lengths and ends, and the titles of the axes."""
    found = response.json()
    traces = [_trace(trace) for trace in found["data"]]
    layout = {
        key: value for key, value in found["layout"].items() if key.startswith(("xaxis", "yaxis", "title"))
    }
    texts = [note.get("text", "") for note in found["layout"].get("annotations", ())]
    view = {
        "traces": traces,
        "axes": {key: _axis(value) for key, value in sorted(layout.items())},
        "texts": texts,
    }
    return written(settled(view))


def _trace(trace: dict[str, Any]) -> dict[str, Any]:
    lists = {
        key: trace[key]
        for key in ("x", "y", "z", "text", "customdata", "base")
        if isinstance(trace.get(key), list)
    }
    told = {
        key: trace.get(key)
        for key in ("type", "name", "mode", "hovertemplate", "legendgroup")
        if trace.get(key)
    }
    return told | {key: _ends(values) for key, values in lists.items()}


def _ends(values: list[Any]) -> Any:
    digest = hashlib.sha256(json.dumps(settled(values), sort_keys=True).encode()).hexdigest()[:8]
    flat = [_first(values), _first(values, -1)]
    return {"length": len(values), "ends": flat, "sha256": digest}


def _first(values: Any, at: int = 0) -> Any:
    while isinstance(values, list) and values:
        values = values[at]
    return values


def _axis(axis: Any) -> Any:
    if not isinstance(axis, dict):
        return axis
    title = axis.get("title")
    words = {"title": title.get("text") if isinstance(title, dict) else title}
    words |= {key: axis[key] for key in ("type", "range", "ticktext") if axis.get(key) is not None}
    return words
