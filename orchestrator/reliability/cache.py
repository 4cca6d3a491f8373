"""When an answer may be given again (C3): what it is known by, which files it rests on, how long others wait for it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from decimal import Decimal

FIRST_LOOK_SECONDS, APART_SECONDS, LAST_LOOK_SECONDS = 2.0, 0.05, 60.0
"""When who waits looks again though nobody woke it: the first after this long, each next one so much later, at most."""
GIVEN = "answer of run"
"""How a note begins that says an answer was given again."""
_INSIDE = ("items", "additionalProperties")


def key_of(*, team: str, agent: str, version: int, given: str, files: Mapping[str, str]) -> str:
    """Return what an answer is known by: the same for the same input to the same version of an agent in one team.

    `version` stands for the whole contract with its settings, since a version never changes. `given` is the input as
    canonical JSON, large values in full; `files` are those it names and those of the agent's code, with hashes of what
    they hold.
    """
    return _digest(team, agent, str(version), given, *(text for name in sorted(files) for text in (name, files[name])))


def call_key(*, team: str, called: str) -> str:
    """Return what the result of a tool's call is known by: the same for the same arguments, whichever agent calls."""
    return _digest("tool", team, called)


def _digest(*parts: str) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(f"{len(part)}:".encode())  # so that no two lists of parts read the same
        digest.update(part.encode())
    return digest.hexdigest()


def look_again_seconds(waiting: int) -> float:
    """Return how long the so-maniest that waits for an answer waits before it looks whether its maker is still there.

    Whoever makes it wakes them all, so this is for makers that were killed. They look one after another, however many
    there are, and the first that looks takes over.
    """
    return min(FIRST_LOOK_SECONDS + APART_SECONDS * (waiting - 1), LAST_LOOK_SECONDS)


def named_paths(schema: object, value: object) -> Iterator[str]:
    """Return the paths of an input: its texts that the schema marks `format: path`; empty ones name nothing."""
    if not isinstance(schema, dict):
        return
    if isinstance(value, str) and _is_path(schema) and value.strip():
        yield value
    elif isinstance(value, dict):
        known = schema.get("properties")
        for name, inner in value.items():
            rule = known.get(name) if isinstance(known, dict) else None
            yield from named_paths(schema.get("additionalProperties") if rule is None else rule, inner)
    elif isinstance(value, list):
        for inner in value:
            yield from named_paths(schema.get("items"), inner)


def names_paths(schema: object) -> bool:
    """Tell whether an input may name files."""
    return _count(schema) > 0


def hides_paths(schema: object) -> bool:
    """Tell whether a schema has paths that `named_paths` does not find, such as below `anyOf`.

    Who takes them can't be answered from what was kept: nobody would notice that a file has changed.
    """
    return _count(schema) != _found(schema)


def _is_path(schema: object) -> bool:
    return isinstance(schema, dict) and schema.get("format") == "path"


def _count(schema: object) -> int:
    if isinstance(schema, dict):
        return int(_is_path(schema)) + sum(_count(inner) for inner in schema.values())
    return sum(_count(inner) for inner in schema) if isinstance(schema, list) else 0


def _found(schema: object) -> int:
    if not isinstance(schema, dict):
        return 0
    known = schema.get("properties")
    inner = [*(known.values() if isinstance(known, dict) else ()), *(schema.get(name) for name in _INSIDE)]
    return int(_is_path(schema)) + sum(_found(one) for one in inner)


def said(*, run: str, step: str, age_seconds: float, usd: Decimal | None, tokens: int | None, seconds: float) -> str:
    """Say of an answer that was given again whose it is, how old, and what it saved."""
    saved = [money(usd)] if usd is not None else []
    saved += [f"{tokens:,} tokens"] if tokens else []
    saved.append(span(seconds))
    return f"{GIVEN} {run}, step {step or 'root'}, {span(age_seconds)} old; saved {', '.join(saved)}"


def money(usd: Decimal) -> str:
    """Say an amount to the cent; of one below a dollar to a tenth of it, or its first two digits."""
    if not usd or usd >= 1:
        return f"${usd:.2f}"
    return f"${usd:.3f}" if usd >= Decimal("0.01") else f"${Decimal(f'{usd:.1e}'):f}"


def span(seconds: float) -> str:
    """Say a time in one unit: `40 ms`, `1.4 s`, `3 min`, `5 h`, `2 days`."""
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 60:
        return f"{seconds:.1f} s"
    for most, size, unit in ((90 * 60, 60, "min"), (48 * 3600, 3600, "h")):
        if seconds < most:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds / 86400:.0f} days"
