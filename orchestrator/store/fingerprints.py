"""What the files hold that an input names, as hashes: an answer that rests on a file is one about its content."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

MOST_BYTES = 64 << 20


def fingerprints(paths: Iterable[str]) -> dict[str, str] | None:
    """Return the hash of each file; None where one is a folder, missing, unreadable or larger than 64 MB.

    Content, not time and size: a file that is written anew with the same text gives the same answer, and one that was
    changed within a tick of the clock does not.
    """
    found: dict[str, str] = {}
    for path in paths:
        try:
            file = Path(path)
            if not file.is_file() or file.stat().st_size > MOST_BYTES:
                return None
            with file.open("rb") as opened:
                found[path] = hashlib.file_digest(opened, "sha256").hexdigest()
        except (OSError, ValueError):
            return None
    return found
