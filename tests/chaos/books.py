"""Looks into the database and the list of tool starts from outside, without any code of the product."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import psycopg


class Books(Protocol):
    """A database that can be asked."""

    def read(self, statement: str, *values: object) -> Sequence[Sequence[Any]]:
        """Return rows; values are marked by `?`."""


@dataclass(frozen=True, slots=True)
class SqliteBooks:
    """A data folder's own database. Opened for each look: after a crash, whoever opens it first has to recover it."""

    file: Path

    def read(self, statement: str, *values: object) -> Sequence[Sequence[Any]]:
        with closing(sqlite3.connect(f"file:{self.file}?mode=ro", uri=True, timeout=10)) as connection:
            return connection.execute(statement, values).fetchall()


class PostgresBooks:
    """A database on a server."""

    def __init__(self, url: str) -> None:
        """Take the address; the connection is made with the first look."""
        self._url = url
        self._connection: psycopg.Connection[Any] | None = None

    def read(self, statement: str, *values: object) -> Sequence[Sequence[Any]]:
        if self._connection is None:
            self._connection = psycopg.connect(self._url, autocommit=True)
        return self._connection.execute(statement.replace("?", "%s"), values).fetchall()

    def close(self) -> None:
        """Let the connection go."""
        if self._connection is not None:
            self._connection.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """One start of a tool."""

    run_id: str
    path: str
    attempt: int
    pid: int
    at: float


def starts(file: Path, run_id: str) -> list[Start]:
    """Return the starts of a run's tools, in order."""
    lines = (line.split("\t") for line in file.read_text().splitlines())
    return [
        Start(run_id=run, path=path, attempt=int(attempt), pid=int(pid), at=float(at))
        for run, path, attempt, pid, at in lines
        if run == run_id
    ]


def in_flight(books: Books) -> int:
    """Count the attempts that are claimed."""
    return int(books.read("SELECT count(*) FROM orchestrator_queue WHERE worker IS NOT NULL")[0][0])


def once_each(books: Books, file: Path, run_id: str) -> list[str]:
    """List what happened more than once, or out of order, in a run that succeeded; none is good."""
    ended = "SELECT path, data, at FROM orchestrator_event WHERE run_id = ? AND type = 'step.ended'"
    good = [(path, at / 1e6) for path, data, at in books.read(ended, run_id) if '"status":"succeeded"' in data]
    succeeded = dict(good)
    steps = {row[0] for row in books.read("SELECT path FROM orchestrator_step WHERE run_id = ?", run_id)}
    wrong = [
        f"step '{path}' succeeded {count} times" for path, count in Counter(p for p, _ in good).items() if count > 1
    ]
    wrong += [f"step '{path}' has no recorded success" for path in steps - succeeded.keys()]
    begun = starts(file, run_id)
    wrong += _wrong_tries(books, run_id, [(start.path, start.attempt) for start in begun])
    wrong += [
        f"attempt {start.attempt} of '{start.path}' started {start.at - succeeded[start.path]:.3f} s after its success"
        for start in begun
        if start.path in succeeded and start.at > succeeded[start.path]
    ]
    return wrong


def _wrong_tries(books: Books, run_id: str, begun: list[tuple[str, int]]) -> list[str]:
    tries = books.read("SELECT path, attempt, agent, status FROM orchestrator_attempt WHERE run_id = ?", run_id)
    good = [(path, attempt) for path, attempt, _, status in tries if status == "succeeded"]
    merges = {(path, attempt) for path, attempt, agent, _ in tries if agent == "merge"}  # by the worker, with no tool
    each = Counter(path for path, _ in good)
    wrong = [
        f"step '{path}' has {each[path]} successful attempts" for path in {row[0] for row in tries} if each[path] != 1
    ]
    wrong += [f"attempt {one} succeeded without a recorded start" for one in good if one not in {*begun} | merges]
    return wrong + [f"attempt {one} was started {count} times" for one, count in Counter(begun).items() if count > 1]


def done_twice(books: Books, file: Path, run_id: str) -> list[str]:
    """List what happened more than once in a run, whatever it is made of: ends and tries that succeeded, starts."""
    ended = "SELECT path, data FROM orchestrator_event WHERE run_id = ? AND type = 'step.ended'"
    steps = Counter(path for path, data in books.read(ended, run_id) if '"status":"succeeded"' in data)
    good = "SELECT path FROM orchestrator_attempt WHERE run_id = ? AND status = 'succeeded'"
    tries = Counter(path for (path,) in books.read(good, run_id))
    begun = Counter((start.path, start.attempt) for start in starts(file, run_id))
    said = {"step '{}' succeeded {} times": steps, "step '{}' has {} successful attempts": tries,
            "attempt {} was started {} times": begun}  # fmt: skip
    return [words.format(what, count) for words, found in said.items() for what, count in found.items() if count > 1]
