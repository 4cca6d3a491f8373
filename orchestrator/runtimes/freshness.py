"""Tells whether the code a warm process has imported is still what stands on disk."""

from __future__ import annotations

import os
import sys

_INSTALLED = tuple({f"{prefix}{os.sep}lib" for prefix in (sys.prefix, sys.base_prefix, sys.exec_prefix)})


class Freshness:
    """Remembers when each imported file of the project and its agents was last changed."""

    def __init__(self) -> None:
        """Start with nothing remembered."""
        self._changed: dict[str, float] = {}
        self._modules = 0

    def note(self) -> None:
        """Remember what has been imported since the last time; installed packages are taken as fixed."""
        if self._modules == len(sys.modules):
            return
        self._modules = len(sys.modules)
        files = (getattr(module, "__file__", None) for module in list(sys.modules.values()))
        for file in files:
            if file and file not in self._changed and not file.startswith(_INSTALLED):
                self._changed[file] = _changed_at(file)

    def is_stale(self) -> bool:
        """Tell whether any remembered file has changed."""
        return any(_changed_at(file) != then for file, then in self._changed.items())


def _changed_at(file: str) -> float:
    try:
        return os.stat(file).st_mtime
    except OSError:
        return 0.0
