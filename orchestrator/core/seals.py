"""A chain that makes lines verifiable: each one's seal is the hash of the seal before it and of what the line says."""

from __future__ import annotations

import hashlib

from orchestrator.core import codec
from orchestrator.core.outcomes import Json

FIRST = ""
"""The seal before the first line."""


def seal(before: str, content: Json) -> str:
    """Return the seal of a line; whoever changes, drops or adds one breaks every seal after it."""
    return hashlib.sha256(f"{before}\n{codec.canonical(content)}".encode()).hexdigest()
