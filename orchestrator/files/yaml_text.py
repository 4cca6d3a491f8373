"""Reads YAML, and so JSON, into a marked tree. Only plain values are made; aliases, tags, large files are refused."""

from __future__ import annotations

from collections.abc import Iterator

import yaml
from yaml.events import (
    AliasEvent,
    Event,
    MappingEndEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from orchestrator.core.problems import Problem, join
from orchestrator.core.tree import MOST_DEEP, Tree
from orchestrator.files.scalars import as_yaml, plain_word

MOST_BYTES = 1_000_000
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the C parser is twenty times faster where it is built
_MOST_FAULTS = 100


def read_text(text: str | bytes) -> Tree:
    """Return the tree of a file; what is wrong with the text itself is in its `faults`."""
    try:
        raw = text.encode() if isinstance(text, str) else text
        written = raw.decode("utf-8-sig")
    except UnicodeError as error:
        line = _line_of_fault(error)
        return _refused("the file is not UTF-8 text", "save it as UTF-8", line)
    if len(raw) > MOST_BYTES:
        return _refused(f"the file is larger than {MOST_BYTES:,} bytes", "split it")
    if written.lstrip().startswith(("{", "[")):
        written = as_yaml(written)
    return _Door(written).read()


def _line_of_fault(error: UnicodeError) -> int | None:
    if isinstance(error, UnicodeDecodeError):
        return error.object[: error.start].count(b"\n") + 1
    return error.object[: error.start].count("\n") + 1 if isinstance(error, UnicodeEncodeError) else None


def _refused(message: str, hint: str, line: int | None = None) -> Tree:
    return Tree(value=None, line=line, faults=(Problem(path="", message=message, hint=hint, line=line),))


class _Stop(Exception):
    """Reading cannot go on; the fault is noted."""


class _Door:
    """Turns the parser's events into a tree, noting faults on the way."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._faults: list[Problem] = []

    def read(self) -> Tree:
        """Return the tree of the only document."""
        tree = Tree(value=None)
        try:
            tree = self._document()
        except yaml.YAMLError as error:
            self._syntax(error)
        except _Stop:
            pass  # its fault is noted
        return Tree(value=tree.value, line=tree.line, faults=tuple(self._faults[:_MOST_FAULTS]))

    def _document(self) -> Tree:
        events: Iterator[Event] = iter(yaml.parse(self._text, Loader=_LOADER))
        tree: Tree | None = None
        for event in events:
            if isinstance(event, NodeEvent) and tree is not None:
                self._fault("", "a second document begins here", "put it into a file of its own", _line(event))
                raise _Stop
            if isinstance(event, NodeEvent):
                tree = self._value(event, events, "", None, 0)
        if tree is None:
            self._fault("", "the file is empty", "write a workflow, an agent or a board", 1)
            raise _Stop
        return tree

    def _value(self, event: Event, events: Iterator[Event], path: str, name_line: int | None, depth: int) -> Tree:
        self._check_plain(event, path, depth)
        line = _line(event)
        if isinstance(event, AliasEvent):
            return Tree(value=None, path=path, line=line, name_line=name_line)
        if isinstance(event, ScalarEvent):
            value = event.value if event.style else plain_word(event.value)
            return Tree(value=value, path=path, line=line, name_line=name_line)
        begins = name_line or line
        if isinstance(event, SequenceStartEvent):
            return Tree(value=self._list(events, path, depth), path=path, line=begins, name_line=name_line)
        return Tree(value=self._fields(events, path, depth), path=path, line=begins, name_line=name_line)

    def _check_plain(self, event: Event, path: str, depth: int) -> None:
        """Refuse what could grow without end (aliases, depth) or make objects (tags)."""
        line = _line(event)
        anchor: str | None = getattr(event, "anchor", None)
        tag: str | None = getattr(event, "tag", None)
        if isinstance(event, AliasEvent):
            self._fault(path, f"*{anchor} repeats another part of the file", "write it out", line)
            return
        if depth > MOST_DEEP:
            self._fault(path, f"is nested more than {MOST_DEEP} deep", "make it flatter", line)
            raise _Stop
        if anchor:
            self._fault(path, f"&{anchor} marks a part to be repeated", "leave it out", line)
        if tag not in (None, "!"):
            self._fault(path, f"the tag {tag} is not used here", "leave it out", line)

    def _list(self, events: Iterator[Event], path: str, depth: int) -> list[Tree]:
        items: list[Tree] = []
        for event in events:
            if isinstance(event, SequenceEndEvent):
                break
            items.append(self._value(event, events, f"{path}[{len(items)}]", None, depth + 1))
        return items

    def _fields(self, events: Iterator[Event], path: str, depth: int) -> dict[str, Tree]:
        fields: dict[str, Tree] = {}
        for event in events:
            if isinstance(event, MappingEndEvent):
                break
            name, line = self._name(event, path, depth), _line(event)
            value = self._value(next(events), events, join(path, name), line, depth + 1)
            if name in fields:
                first = fields[name].name_line
                self._fault(join(path, name), "stands here a second time", f"the first is in line {first}", line)
            else:
                fields[name] = value
        return fields

    def _name(self, event: Event, path: str, depth: int) -> str:
        self._check_plain(event, path, depth)
        if isinstance(event, ScalarEvent):
            return str(event.value)
        if isinstance(event, AliasEvent):
            return f"*{event.anchor}"
        kind = "a list" if isinstance(event, SequenceStartEvent) else "an object"
        self._fault(
            path, f"{kind} cannot be a name", "write text before the colon; quote text with braces", _line(event)
        )
        raise _Stop

    def _syntax(self, error: yaml.YAMLError) -> None:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        said = getattr(error, "problem", None) or getattr(error, "reason", None) or str(error)
        line = mark.line + 1 if mark is not None else self._line_of(getattr(error, "position", None))
        hint = "check indentation, colons and quotes; text with ': ' or '#' needs quotes"
        self._fault("", f"this is not YAML: {said}", hint, line)

    def _line_of(self, position: int | None) -> int | None:
        return None if position is None else self._text.count("\n", 0, position) + 1

    def _fault(self, path: str, message: str, hint: str, line: int | None) -> None:
        self._faults.append(Problem(path=path, message=message, hint=hint, line=line))


def _line(event: Event) -> int | None:
    return event.start_mark.line + 1 if event.start_mark is not None else None
