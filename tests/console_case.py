"""Calls of the command, in a process of its own."""

import subprocess
import sys

ENGLISH = (
    "usage",
    "options",
    "positional",
    "argument",
    "invalid",
    "error",
    "show this",
    "default",
    "choose",
)


def run_command(*arguments, **options) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "inpainting.cli", *arguments]
    return subprocess.run(command, capture_output=True, encoding="utf-8", timeout=60, **options)
