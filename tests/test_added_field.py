"""A field is declared once: one that is added to a copy of the model is known at every door and face.

The copy takes the model's place before anything reads the fields, so the faces are asked in another process.
"""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.mark.slow
def test_an_added_field_is_found_on_every_face() -> None:
    asked = [sys.executable, "-m", "pytest", "-p", "tests.added_field.model", "-p", "no:cacheprovider",
             "-p", "no:xdist", "tests/added_field/faces.py"]  # fmt: skip
    done = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
