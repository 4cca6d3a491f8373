"""What is pushed to a page: fragments with the hash of their content, and items that are added to a list."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from orchestrator.core import codec
from orchestrator.core.outcomes import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Fragment:
    """A part of a page. It looks the same alone, inside its page and pushed, and it says nothing of `you`."""

    id: str
    """Id of the element it fills."""
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
    """A topic as it is now."""

    n: int
    """Number of what it shows: the last event, the version of a board, or for snapshots the time in microseconds."""
    fragments: tuple[Fragment, ...] = ()
    append: Mapping[str, tuple[Item, ...]] = field(default_factory=dict)
    """Id of a list to what is new in it."""
    touched: tuple[str, ...] = ()
    """Names of what changed, such as step paths, for parts that each browser fetches by itself."""

    def fragment(self, name: str) -> Fragment:
        """Return the fragment that fills the element of this id."""
        return next(fragment for fragment in self.fragments if fragment.id == name)


def encode(topic: str, frame: Frame, shown: Mapping[str, str], serial: int = 0) -> str | None:
    """Write a frame for browsers that show fragments of these hashes; None when nothing is new to them."""
    fresh = [fragment for fragment in frame.fragments if shown.get(fragment.id) != fragment.v]
    append: list[Json] = [{"id": name, "items": [{"n": item.n, "html": item.html} for item in items]}
                          for name, items in frame.append.items() if items]  # fmt: skip
    if not fresh and not append and not frame.touched and shown:
        return None
    message: dict[str, Json] = {"topic": topic, "n": frame.n}
    if fresh:
        message["fragments"] = [{"id": one.id, "v": one.v, "html": one.html} for one in fresh]
    if append:
        message["append"] = append
    if frame.touched:
        message["touched"] = list(frame.touched)
    return codec.dumps(message)


def now() -> int:
    """Return the number of a snapshot taken now."""
    return time.time_ns() // 1000
