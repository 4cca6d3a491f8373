"""Finds the Python files of a folder and groups them. What is wrong in them is for others to say."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from pathlib import Path

from examples.repo_review.kinds import Package, Survey

MOST_FILES = 80
"""In one package: few enough for one command line, and for a tool's run to take seconds."""
_FEW_FILES = 12
_MOST_BYTES = 1_000_000
_LEFT_OUT = frozenset({"node_modules", "__pycache__", "var", "build", "dist", "site-packages", "venv"})


def survey_of(root: Path) -> Survey:
    """List a folder's Python files in packages by folder."""
    found = sorted(_python_files(root))
    files = [file for file in found if _is_fit(root / file)]
    packages = [package for package in _grouped(files, "", "top level") if package["files"]]
    return Survey(root=str(root), packages=packages, files=len(files), skipped=len(found) - len(files))


def _python_files(root: Path) -> Iterator[str]:
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if _is_walked(Path(folder), name))
        for name in names:
            if name.endswith(".py"):
                yield os.path.relpath(os.path.join(folder, name), root)


def _is_walked(folder: Path, name: str) -> bool:
    hidden = name.startswith(".") or name in _LEFT_OUT or name.endswith(".egg-info")
    return not hidden and not (folder / name / "pyvenv.cfg").exists()


def _is_fit(file: Path) -> bool:
    """Leave out links (they may lead anywhere), giants, and names that are not text."""
    try:
        str(file).encode()
        return not file.is_symlink() and file.is_file() and file.stat().st_size <= _MOST_BYTES
    except (OSError, UnicodeEncodeError):
        return False


def _grouped(files: list[str], folder: str, name: str) -> list[Package]:
    """Group the files below a folder: together if they are few, else by folder inside."""
    if folder and len(files) <= MOST_FILES:
        return [Package(name=name, files=files)]
    own, inside = _divided(files, folder)
    groups = [group for sub in sorted(inside) for group in _grouped(inside[sub], f"{folder}{sub}/", f"{folder}{sub}")]
    return [*_pieces(own, name), *_joined(groups, name, keep=not folder)]


def _divided(files: list[str], folder: str) -> tuple[list[str], dict[str, list[str]]]:
    own: list[str] = []
    inside: dict[str, list[str]] = {}
    for file in files:
        sub, slash, _ = file[len(folder) :].partition("/")
        if slash:
            inside.setdefault(sub, []).append(file)
        else:
            own.append(file)
    return own, inside


def _pieces(files: list[str], name: str) -> list[Package]:
    """Cut files of one folder into packages of about one size that are not too big."""
    parts = math.ceil(len(files) / MOST_FILES)
    length = math.ceil(len(files) / max(parts, 1))
    return [
        Package(
            name=f"{name} ({number + 1})" if parts > 1 else name, files=files[number * length : (number + 1) * length]
        )
        for number in range(parts)
    ]


def _joined(groups: list[Package], name: str, *, keep: bool) -> list[Package]:
    """Put the small packages of one folder together; those at the top keep their names."""
    if keep:
        return groups
    large = [group for group in groups if len(group["files"]) > _FEW_FILES]
    rest = sorted(file for group in groups if len(group["files"]) <= _FEW_FILES for file in group["files"])
    return [*large, *_pieces(rest, f"{name}, small folders")]
