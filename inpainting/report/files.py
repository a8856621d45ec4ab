"""Writing one file, whole or not at all."""

import os
import secrets
from pathlib import Path


def write_file(target: Path, content: str | bytes) -> None:
    """Write a file under a temporary name and rename it once it is whole."""
    data = content.encode() if isinstance(content, str) else content
    part = target.with_name(f".{target.name}.teil-{secrets.token_hex(4)}")
    try:
        part.write_bytes(data)
        os.replace(part, target)
    finally:
        part.unlink(missing_ok=True)
