"""Worked cases of the calculators with their right answers, made independently (theory_cases.json)."""

import json
from pathlib import Path
from typing import Any


def theory_cases() -> dict[str, Any]:
    """All cases by subject; `about` says how they were made."""
    cases: dict[str, Any] = json.loads(Path(__file__).with_suffix(".json").read_text())
    return cases
