"""schemathesis over HTTP against a real web process: what the OpenAPI document allows, and what it does not.

    pip install schemathesis
    python -m tests.benchmarks.schema_fuzz [--seconds 150]

It is no dependency of the tests: it brings thirty packages and takes minutes. The board is that of mutations.
Only 5xx counts; streams are left out, as they do not end. Exits as schemathesis does: 1 where one failed.
"""

import argparse
import shutil
import subprocess
import sys

from app.urls import OPENAPI
from tests.benchmarks.mutations import board


def main() -> int:
    """Run it, at most so many seconds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=150)
    parser.add_argument("--command", default="schemathesis", help="where it is installed")
    asked = parser.parse_args()
    if shutil.which(asked.command) is None:
        parser.error("schemathesis is not installed here: pip install schemathesis")
    with board() as (_, url):
        command = [asked.command, "run", f"{url}{OPENAPI}", "--checks", "not_a_server_error", "--seed", "1"]
        bounds = ["--max-examples", "5", "--max-time", str(asked.seconds), "--phases"]
        kinds = ["examples,coverage,fuzzing", "--exclude-path-regex", "stream", "--no-shrink"]
        how = ["--continue-on-failure", "--warnings", "off", "--workers", "2"]
        return subprocess.run([*command, *bounds, *kinds, *how], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
