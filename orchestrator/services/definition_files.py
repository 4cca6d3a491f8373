"""Finds the files of definitions in folders and tells what each defines. What they say is read elsewhere."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from orchestrator.core.problems import Problem
from orchestrator.core.tree import Tree
from orchestrator.files.yaml_text import read_text

NOUNS = ("agent", "workflow", "board")
SUFFIXES = (".yaml", ".yml")
PYTHON_AGENTS = "agents.py"
"""A folder's agents in Python."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One file that defines something."""

    file: str
    noun: str
    text: str
    tree: Tree

    @property
    def line(self) -> int | None:
        """Return where it is named."""
        return self.tree.at(self.noun).line


@dataclass(frozen=True, slots=True, kw_only=True)
class Faulty:
    """A problem with the file it is in."""

    file: str
    problem: Problem

    def __str__(self) -> str:
        """Say it as compilers do: file, line, place, what is wrong, what to do."""
        line = f":{self.problem.line}" if self.problem.line is not None else ""
        place = f"{self.problem.path}: " if self.problem.path else ""
        hint = f" ({self.problem.hint})" if self.problem.hint else ""
        return f"{self.file}{line}: {place}{self.problem.message}{hint}"


@dataclass(slots=True, kw_only=True)
class Found:
    """What lies in some folders."""

    pages: list[Page] = field(default_factory=list)
    modules: dict[str, str] = field(default_factory=dict)
    """Names of Python modules with agents, each with the file that asks for it."""
    faults: list[Faulty] = field(default_factory=list)

    def blame(self, file: str, message: str, hint: str, line: int | None = None) -> None:
        """Note a problem."""
        self.faults.append(Faulty(file=file, problem=Problem(path="", message=message, hint=hint, line=line)))


def find(paths: Iterable[Path]) -> Found:
    """Look through files and folders, in the order of their names."""
    found = Found()
    for path in dict.fromkeys(file for given in paths for file in _files(given, found)):
        if path.suffix == ".py":
            found.modules[str(path)] = str(path)
        else:
            _read(path, found)
    return found


def _files(path: Path, found: Found) -> list[Path]:
    if path.is_file():
        return [path]
    if not path.is_dir():
        found.blame(str(path), "there is no such file or folder", "check how it is spelt")
        return []
    inside = [file for file in sorted(path.rglob("*")) if file.is_file() and not _is_hidden(file.relative_to(path))]
    return [file for file in inside if file.suffix in SUFFIXES or file.name == PYTHON_AGENTS]


def _is_hidden(path: Path) -> bool:
    return any(part.startswith((".", "_")) for part in path.parts)


def _read(path: Path, found: Found) -> None:
    try:
        raw = path.read_bytes()
    except OSError as error:
        found.blame(str(path), f"this file cannot be read: {error.strerror}", "check who may read it")
        return
    tree = read_text(raw)
    if tree.value is None and tree.faults:
        found.faults += [Faulty(file=str(path), problem=problem) for problem in tree.faults]
        return
    names = tuple(tree.value) if isinstance(tree.value, dict) else ()
    noun = next((noun for noun in NOUNS if noun in names), None)
    if noun is not None:
        found.pages.append(Page(file=str(path), noun=noun, text=raw.decode("utf-8-sig"), tree=tree))
    elif names == ("python",):
        _modules(path, tree.at("python"), found)
    else:
        hint = f"begin with one of {', '.join(f'{noun}: …' for noun in NOUNS)}, or python: [module]"
        found.blame(str(path), "this file defines nothing", hint, line=1)


def _modules(path: Path, written: Tree, found: Found) -> None:
    items = list(written.inner()) if isinstance(written.value, list) else [written]
    for item in items:
        if isinstance(item.value, str) and all(part.isidentifier() for part in item.value.split(".")):
            found.modules[item.value] = str(path)
        else:
            found.blame(
                str(path), f"{item.value!r} is not the name of a module", "write it as package.module", item.line
            )
