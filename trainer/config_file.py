"""Read a configuration file, JSON or TOML, as the nested mapping that `parse_config` takes."""

import json
import tomllib
from pathlib import Path
from typing import Any

from trainer.errors import ConfigError, FieldProblem


def read_config_file(path: Path) -> dict[str, Any]:
    """The file's content: TOML where its name ends in .toml, else JSON. Raises ConfigError naming it."""
    try:
        text = path.read_text(encoding="utf-8")
        content = tomllib.loads(text) if path.suffix.lower() == ".toml" else json.loads(text)
    except OSError as error:
        raise _refused(path, f"cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise _refused(path, f"is not valid {_format(path)}: {error}") from error
    if not isinstance(content, dict):
        raise _refused(path, "must hold an object of fields")
    return content


def _format(path: Path) -> str:
    return "TOML" if path.suffix.lower() == ".toml" else "JSON"


def _refused(path: Path, message: str) -> ConfigError:
    return ConfigError([FieldProblem(str(path), message)], "Configuration files are JSON, or TOML as *.toml.")
