"""Finds single files inside installed packages and gives them a static path. Our own files are found by Django."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.storage import FileSystemStorage, Storage

# static path → (package, file in the package)
PACKAGED = {"plotly/plotly.min.js": ("plotly", "package_data/plotly.min.js")}


class PackagedStorage(FileSystemStorage):
    """Reads packaged files under their static paths."""

    def path(self, name: str) -> str:
        """Return where the file of a static path really lies."""
        return str(packaged_path(name))


class PackagedFileFinder(BaseFinder):
    """Serves what PACKAGED names, and nothing else of those packages."""

    storage = PackagedStorage()

    def check(self, **kwargs: Any) -> list[Any]:
        """Report nothing: a missing package would have failed the import of settings already."""
        return []

    def find(self, path: str, find_all: bool = False, **kwargs: Any) -> Any:
        """Return the file of one static path."""
        found = [str(packaged_path(path))] if path in PACKAGED else []
        return found if find_all else next(iter(found), [])

    def list(self, ignore_patterns: Any) -> Iterator[tuple[str, Storage]]:
        """Yield every static path with the storage that reads it."""
        for name in PACKAGED:
            yield name, self.storage


def packaged_path(name: str) -> Path:
    """Return where the file of a static path lies in its package, without importing the package."""
    package, file = PACKAGED[name]
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise FileNotFoundError(f"{name} comes from the package {package}, which is not installed")
    return Path(spec.origin).parent / file
