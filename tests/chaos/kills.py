"""Ways to kill a whole tree in the middle of a job, the job's way through it, and its figures."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tests.chaos.api import Api
from tests.chaos.books import in_flight
from tests.chaos.review import Operator, faults
from tests.chaos.tree import Tree

END_SECONDS = 60
Kill = Callable[[Operator], None]
"""Returns when the whole tree is dead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plain:
    """A tree, with what a job on it looks like that nobody disturbs: all others are measured by it."""

    tree: Tree
    api: Api
    events: int
    seconds: float
    counts: dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """How one disturbed job went."""

    when: str
    n: int
    """Events there were when all was dead."""
    attempts_hit: int
    seconds: float
    was_over: bool
    """The job had ended before the kill."""

    def __str__(self) -> str:
        state = "over already" if self.was_over else f"{self.attempts_hit} attempts in flight"
        return f"  {self.when}: dead at event {self.n}, {state}; finished {self.seconds:.1f} s after its start"


def disturbed(plain: Plain, key: str, when: str, kill: Kill) -> Told:
    """Run the job once, killed by `kill`, started again, and finished; fail with everything that is wrong with it."""
    return carried_through(plain, Operator(plain.api, plain.tree.data / "shop", key), when, kill)


def carried_through(plain: Plain, operator: Operator, when: str, kill: Kill) -> Told:
    """Do what `disturbed` does, with the operator given."""
    tree, began = plain.tree, time.monotonic()
    operator.start()
    kill(operator)
    n, status = events_of(tree, operator.key)
    hit = in_flight(tree.books)
    tree.start()
    operator.join(END_SECONDS)
    assert not operator.is_alive(), f"{when}: the gate did not come within {END_SECONDS} s\n{tree.words()}"
    assert not operator.problem, f"{when}: {operator.problem}\n{tree.words()}"
    plain.api.ended(operator.run_id, END_SECONDS)
    wrong = faults(tree.books, tree.starts, tree.data, operator, plain.counts)
    assert not wrong, "\n".join([f"{when}, run {operator.run_id}:", *wrong])
    seconds = time.monotonic() - began
    return Told(when=when, n=n, attempts_hit=hit, seconds=seconds, was_over=status == "succeeded")


def events_of(tree: Tree, key: str) -> tuple[int, str]:
    """Return how many events the run of a key has, and its status."""
    rows = tree.books.read("SELECT n, status FROM orchestrator_run WHERE key LIKE ?", key)
    return (rows[0][0], rows[0][1]) if rows else (0, "")


def after_event(plain: Plain, number: int, key: str) -> Kill:
    """Kill as soon as the database has so many events of the run."""

    def kill(operator: Operator) -> None:
        until = time.monotonic() + END_SECONDS
        while events_of(plain.tree, key)[0] < number:
            assert time.monotonic() < until, f"event {number} did not come; {operator.problem}\n{plain.tree.words()}"
            time.sleep(0.001)
        plain.tree.kill()

    return kill


def after_seconds(plain: Plain, seconds: float) -> Kill:
    """Kill so long after the start."""

    def kill(operator: Operator) -> None:
        time.sleep(seconds)
        plain.tree.kill()

    return kill


def again_and_again(plain: Plain, pauses: Sequence[float]) -> Kill:
    """Kill so long after the start, start again, and so on; the last kill is the one that counts."""

    def kill(operator: Operator) -> None:
        for number, pause in enumerate(pauses):
            if number:
                plain.tree.start()
            time.sleep(pause)
            plain.tree.kill()

    return kill


def at_point(plain: Plain, point: str, number: int, key: str) -> Kill:
    """Have the hooks kill the supervisor and the process that passes the point; the leashes end all the others."""

    def kill(operator: Operator) -> None:
        tree, until = plain.tree, time.monotonic() + END_SECONDS
        family = tree.family()
        while tree.is_running() and events_of(tree, key)[1] != "succeeded":
            family = tree.family() or family
            assert time.monotonic() < until, f"{point} was not passed {number} times; {operator.problem}"
            time.sleep(0.005)
        if tree.is_running() and not tree.fired():  # the job takes fewer passings than that
            tree.disarm()
            tree.kill()
        else:
            tree.bury(family)

    plain.tree.arm(point, number, "tree")
    return kill


def tell(told: list[Told], plain: Plain) -> None:
    """Print the figures."""
    hit = [one for one in told if one.attempts_hit]
    starts = sorted(plain.tree.start_seconds)
    print("", *told, sep="\n")
    print(
        f"  {len(told)} kills: {len(hit)} hit {sum(one.attempts_hit for one in told)} attempts in flight, "
        f"{sum(one.was_over for one in told)} came after the end; "
        f"`up` is ready again after {starts[len(starts) // 2]:.1f} s (median), {starts[-1]:.1f} s (most)"
    )
