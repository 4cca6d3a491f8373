"""What is pushed to a page: fragments with the hash of their content, and items that are added to a list."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from orchestrator.core import codec
from orchestrator.core.outcomes import Json
from orchestrator.queries.heads import moment


@dataclass(frozen=True, slots=True, kw_only=True)
class Fragment:
    """A part of a page. It looks the same alone, inside its page and pushed, and it says nothing of `you`."""

    id: str
    """Id of the element it fills. One with `data-keyed` and the topic's name goes when it is not drawn any more."""
    html: str

    @property
    def v(self) -> str:
        """Return the hash of its content; a page that shows it already leaves it alone."""
        return hashlib.blake2b(self.html.encode(), digest_size=6).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One entry of a list that only grows, such as an event."""

    n: int
    html: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """A topic as it is now, or of a log only what was added."""

    n: int
    """Number of what it shows: the last event, the version of a board, or the state of the database (see `now`)."""
    fragments: tuple[Fragment, ...] = ()
    append: Mapping[str, tuple[Item, ...]] = field(default_factory=dict)
    """Id of a list to what is new in it."""
    touched: tuple[str, ...] = ()
    """Names of what changed, such as step paths, for parts that each browser fetches by itself."""

    def fragment(self, name: str) -> Fragment:
        """Return the fragment that fills the element of this id."""
        return next(fragment for fragment in self.fragments if fragment.id == name)


def encode(
    topic: str, frame: Frame, shown: Mapping[str, str], *, gone: Iterable[str] = (), full: bool = False
) -> str | None:
    """Write a frame for browsers that show fragments of these hashes; None when nothing is new to them.

    A `full` one says everything and was read after the browser had asked: it counts whatever its number. `gone` are
    fragments that are not drawn any more.
    """
    fresh = [(one, v) for one in frame.fragments if shown.get(one.id) != (v := one.v)]
    append: list[Json] = [{"id": name, "items": [{"n": item.n, "html": item.html} for item in items]}
                          for name, items in frame.append.items() if items]  # fmt: skip
    tombstones: list[Json] = list(gone)
    if not (fresh or append or frame.touched or tombstones or full):
        return None
    message: dict[str, Json] = {"topic": topic, "n": frame.n}
    if full:
        message["full"] = True
    if fresh:
        message["fragments"] = [{"id": one.id, "v": v, "html": one.html} for one, v in fresh]
    if append:
        message["append"] = append
    if frame.touched:
        message["touched"] = list(frame.touched)
    if tombstones:
        message["gone"] = tombstones
    return codec.dumps(message)


def now() -> int:
    """Return the number of a snapshot that is read from here on; the same or more in whichever process asks later."""
    return moment()
