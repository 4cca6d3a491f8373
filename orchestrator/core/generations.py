"""Where a step stood before it, or something around it, was done over."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from orchestrator.core.ids import Segment, StepPath, segments

Exists = Callable[[StepPath], bool]


def earlier(path: StepPath, exists: Exists) -> Iterator[StepPath]:
    """Yield the paths a step had before it was done over, the latest first."""
    here = _before(path, exists)
    while here is not None:
        yield here
        here = _before(here, exists)


def _before(path: StepPath, exists: Exists) -> StepPath | None:
    parts = segments(path)
    for place in reversed(range(len(parts))):
        if parts[place].generation > 1:
            kept = [*parts[:place], parts[place]._replace(generation=parts[place].generation - 1)]
            return _latest(kept, parts[place + 1 :], exists)
    return None


def _latest(kept: list[Segment], rest: Sequence[Segment], exists: Exists) -> StepPath:
    """Go down again, always to the last generation there was."""
    for part in rest:
        while exists(_joined([*kept, part._replace(generation=part.generation + 1)])):
            part = part._replace(generation=part.generation + 1)
        kept = [*kept, part]
    return _joined(kept)


def _joined(parts: Sequence[Segment]) -> StepPath:
    return StepPath("/".join(_written(part) for part in parts))


def _written(part: Segment) -> str:
    again = f"#{part.generation}" if part.generation > 1 else ""
    return f"{part.name}{again}" + "".join(f"[{index}]" for index in part.indices)
