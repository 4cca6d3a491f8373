"""Which folders and files a command may touch: those under the configured roots, wherever links and dots lead."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path


class Outside(ValueError):
    """A path that is not, or not safely, under the roots; the message says which and what to do."""


class Roots:
    """The folders under which commands may work."""

    def __init__(self, folders: Iterable[Path]) -> None:
        """Resolve the folders once, links and all."""
        self.folders = tuple(folder.resolve() for folder in folders)

    def folder(self, text: str) -> Path:
        """Return an existing folder under the roots, with links resolved; raises Outside."""
        if "\0" in text:
            raise Outside("the folder's name has a zero byte in it")
        path = Path(text)
        if not path.is_absolute():
            raise Outside(f"{text!r} is not an absolute path; write it from the root, such as {self._example()}")
        resolved = path.resolve()
        if not self._holds(resolved):
            raise Outside(f"{text} is not under {self._listed()}; choose a folder there")
        if not resolved.is_dir():
            raise Outside(f"{text} is not a folder; check its spelling")
        return resolved

    def argument(self, value: str, folder: Path) -> str:
        """Return an argument for a tool working in `folder`; raises Outside for a path that leads out.

        A value counts as a path if it is absolute, has `..` in it, or names something that exists.
        """
        if "\0" in value:
            raise Outside("a value has a zero byte in it")
        if not _looks_like_path(value, folder):
            return value
        resolved = Path(os.path.realpath(folder / value))
        # A tilde means nothing to the system, but some tools put a home folder in its place.
        if value.startswith("~") or not self._holds(resolved):
            raise Outside(f"{value} leads out of {self._listed()}; give a path inside")
        return value

    def _holds(self, path: Path) -> bool:
        return any(path == folder or folder in path.parents for folder in self.folders)

    def _listed(self) -> str:
        return " or ".join(map(str, self.folders)) or "any configured folder"

    def _example(self) -> str:
        return str(self.folders[0]) if self.folders else "/srv/project"


def _looks_like_path(value: str, folder: Path) -> bool:
    if value.startswith(("/", "~")) or ".." in value.split("/"):
        return True
    try:
        return os.path.lexists(folder / value)
    except (OSError, ValueError):
        return False
