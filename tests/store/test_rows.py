"""States and messages as rows, and back."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from orchestrator.core.ids import RunId, StepPath
from orchestrator.core.messages import DecideGate, ReportAttempt
from orchestrator.core.outcomes import Failure
from orchestrator.core.signals import Decision
from orchestrator.core.state import StepState
from orchestrator.core.status import AttemptStatus, StepStatus
from orchestrator.store import rows

plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab", max_size=2), inner, max_size=3),
    max_leaves=6,
)
words = st.text("abc é\n'\"?%", max_size=12)
moments = st.none() | st.integers(10**15, 2 * 10**15).map(lambda micros: micros / 1e6)
states = st.builds(
    StepState,
    path=st.sampled_from(["", "a", "m[3]/x#2"]).map(StepPath),
    kind=words,
    status=st.sampled_from(StepStatus),
    agent=words,
    attempt=st.integers(0, 9),
    attempt_status=st.none() | st.sampled_from(AttemptStatus),
    item=plain,
    input=st.none() | st.dictionaries(words, plain, max_size=2),
    refs=st.dictionaries(words, words, max_size=2),
    output=plain,
    output_ref=words,
    failure=st.none() | st.sampled_from(Failure),
    reason=words,
    degraded=words,
    feedback=words,
    memo=st.dictionaries(words, plain, max_size=2),
    opened_at=moments,
    started_at=moments,
    ended_at=moments,
)


@given(states)
def test_a_step_reads_back_as_it_was_written(state: StepState) -> None:
    assert rows.step_state(rows.step_row(RunId("run"), state)) == state


def test_a_step_knows_its_parent_and_the_root_has_none() -> None:
    def parent(path: str) -> str:
        return rows.step_row(RunId("run"), StepState(path=StepPath(path), kind="agent"))[2]

    assert [parent(path) for path in ("", "a", "a/b", "m[3]", "m[3]/x")] == ["-", "", "a", "m", "m[3]"]


@given(st.builds(Decision, verdict=words, actor=words, edits=st.dictionaries(words, plain, max_size=2), comment=words))
def test_a_message_reads_back_from_the_mailbox(decision: Decision) -> None:
    made = DecideGate(path=StepPath("ok"), decision=decision)
    assert rows.read_message(rows.message_text(made)) == made


def test_a_report_with_everything_in_it_reads_back() -> None:
    made = ReportAttempt(path=StepPath("a"), attempt=1, fence="f", ok=False, failure=Failure.CRASH, output={"x": None})
    assert rows.read_message(rows.message_text(made)) == made


def test_instants_are_whole_microseconds() -> None:
    assert (rows.micros(1.0000014), rows.micros(None), rows.seconds(1_500_000), rows.seconds(None)) == (
        1000001,
        None,
        1.5,
        None,
    )
