"""Starting and steering runs: who may, what fits, and the same key twice (R1, R11)."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import settings

from orchestrator.core.errors import RejectedConflict, RejectedError, RejectedForbidden, RejectedMissing
from orchestrator.core.outcomes import Json
from orchestrator.models import AuditEntry, Gate, Run, User
from orchestrator.services import runs, workflows
from tests import cast
from tests.services.conftest import LETTERS

GIVEN: Json = {"text": "Dear all"}


def paths(refused: pytest.ExceptionInfo[RejectedError]) -> list[str]:
    assert all(problem.message and problem.hint for problem in refused.value.problems)
    return [problem.path for problem in refused.value.problems]


def test_an_operator_starts_a_run_and_it_is_on_record(operator: User, letters: str) -> None:
    started = runs.start(operator, letters, GIVEN, labels={"for": "all"}, title="To all")
    run = Run.objects.get(pk=started.run_id)
    assert started.is_new
    assert (run.status, run.actor, run.actor_name, run.team_id, run.title, run.labels) == (
        "waiting", str(operator.pk), "operator", operator.team_id, "To all", {"for": "all"},
    )  # fmt: skip
    assert AuditEntry.objects.filter(verb="start", noun="run", noun_id=run.id, actor=str(operator.pk)).count() == 1


@pytest.mark.parametrize("priority", [0, 6, -1])
def test_a_priority_there_is_not_is_refused(operator: User, letters: str, priority: int) -> None:
    """C5."""
    with pytest.raises(RejectedError) as refused:
        runs.start(operator, letters, GIVEN, priority=priority)
    assert paths(refused) == ["priority"]
    assert "the most urgent" in refused.value.problems[0].hint


def test_a_viewer_starts_pauses_resumes_and_cancels_nothing(run: Run) -> None:
    viewer = cast.person("viewer")
    with pytest.raises(RejectedForbidden):
        runs.start(viewer, "letters", GIVEN)
    for steer in (runs.pause, runs.resume, runs.cancel):
        with pytest.raises(RejectedForbidden):
            steer(viewer, run.id)
    assert Run.objects.get().n == run.n


def test_an_outsider_cannot_tell_a_run_from_one_that_never_was(run: Run) -> None:
    outsider = cast.person("admin", "outsider", of="others")
    for steer in (runs.pause, runs.resume, runs.cancel):
        for run_id in (run.id, "0" * 36, "", "'; --"):
            with pytest.raises(RejectedMissing):
                steer(outsider, run_id)
    assert Run.objects.get().n == run.n


def test_everything_that_does_not_fit_is_listed_at_once(operator: User, transactional_db: None) -> None:
    schema = "{type: object, required: [a, b], additionalProperties: false, properties: {a: {type: integer}, b: {}}}"
    workflows.apply(
        cast.person("builder"), f"workflow: strict\ninput: {schema}\nsteps: [{{id: g, gate: {{title: G}}}}]"
    )
    with pytest.raises(RejectedError) as refused:
        runs.start(operator, "strict", {"a": "x", "c": 1})
    assert sorted(paths(refused)) == ["input.a", "input.b", "input.c"]
    assert not Run.objects.exists()


def test_a_default_of_the_contract_stands_where_nothing_was_given(operator: User, transactional_db: None) -> None:
    """A form fills it in, and the API and the shell mean the same."""
    with_tone = LETTERS.replace("text: {type: string}", "text: {type: string, default: Dear all}")
    name = workflows.apply(cast.person("builder"), with_tone).version.name
    assert Run.objects.get(pk=runs.start(operator, name, {}).run_id).input == {"text": "Dear all"}


@pytest.mark.parametrize("given", [None, [], "text", 5])
def test_an_input_of_another_type_is_refused(operator: User, letters: str, given: Json) -> None:
    with pytest.raises(RejectedError) as refused:
        runs.start(operator, letters, given)
    assert paths(refused) == ["input"]


def test_an_input_larger_than_a_megabyte_is_refused(operator: User, letters: str) -> None:
    with pytest.raises(RejectedError) as refused:
        runs.start(operator, letters, {"text": "x" * 1_000_001})
    assert refused.value.problems[0].path == "input"
    assert "1.0 MB" in refused.value.problems[0].message


@pytest.mark.parametrize("given", ["/etc/passwd", "../../etc", "/etc", "orchestrator/../../..", "a\0b", "~root"])
def test_a_path_outside_the_roots_is_refused_with_the_roots_named(operator: User, letters: str, given: str) -> None:
    """S26."""
    with pytest.raises(RejectedError) as refused:
        runs.start(operator, letters, {"text": "t", "file": given})
    assert paths(refused) == ["input.file"]
    if "\0" not in given:
        assert str(settings.ROOTS[0]) in refused.value.problems[0].hint


def test_a_symlink_that_leads_out_is_refused_and_one_that_stays_in_is_followed(operator: User, letters: str) -> None:
    """S26: what is checked is what is handed on."""
    inside = Path(settings.DATA) / "inside"
    inside.mkdir(exist_ok=True)
    out, back = inside / "out", inside / "back"
    for link, target in ((out, Path("/etc")), (back, inside)):
        link.unlink(missing_ok=True)
        link.symlink_to(target)
    with pytest.raises(RejectedError):
        runs.start(operator, letters, {"text": "t", "file": str(out)})
    started = runs.start(operator, letters, {"text": "t", "file": str(back / "back")})
    assert Run.objects.get(pk=started.run_id).input == {"text": "t", "file": str(inside.resolve())}


def test_a_path_that_does_not_exist_is_refused(operator: User, letters: str) -> None:
    with pytest.raises(RejectedError, match="does not fit") as refused:
        runs.start(operator, letters, {"text": "t", "file": str(Path(settings.DATA) / "nothing")})
    assert "does not exist" in refused.value.problems[0].message


def test_the_same_key_gives_the_same_run_and_other_input_a_conflict(operator: User, letters: str) -> None:
    first = runs.start(operator, letters, GIVEN, key="k")
    again = runs.start(operator, letters, GIVEN, key="k")
    assert (again.run_id, again.is_new) == (first.run_id, False)
    with pytest.raises(RejectedConflict):
        runs.start(operator, letters, {"text": "other"}, key="k")
    assert Run.objects.count() == 1
    assert AuditEntry.objects.filter(verb="start").count() == 1


def test_another_teams_key_does_not_reveal_their_run(operator: User, letters: str) -> None:
    runs.start(operator, letters, GIVEN, key="k")
    with pytest.raises(RejectedConflict) as refused:
        runs.start(cast.person("operator", "outsider", of="others"), letters, GIVEN, key="k")
    assert Run.objects.get().id not in refused.value.detail


def test_a_run_keeps_the_version_it_started_with(operator: User, letters: str) -> None:
    before = runs.start(operator, letters, GIVEN)
    applied = workflows.apply(User.objects.get(username="builder"), LETTERS.replace("Sign the letter", "Sign here"))
    after = runs.start(operator, letters, GIVEN)
    versions = [Run.objects.get(pk=started.run_id).version for started in (before, after)]
    assert versions[1] == applied.version.version != versions[0]
    old = runs.start(operator, letters, GIVEN, version=versions[0])
    assert Gate.objects.get(run_id=old.run_id).title == "Sign the letter"


def test_an_unknown_workflow_or_version_is_missing_by_name(operator: User, letters: str) -> None:
    with pytest.raises(RejectedMissing, match="letters"):
        runs.start(operator, "lettres", GIVEN)
    with pytest.raises(RejectedMissing, match="no version"):
        runs.start(operator, letters, GIVEN, version="0")


def test_words_that_are_too_long_are_named(operator: User, letters: str) -> None:
    with pytest.raises(RejectedError) as refused:
        runs.start(operator, letters, GIVEN, key="k" * 201, title="t" * 201, labels={"a": {"b": 1}})
    assert sorted(paths(refused)) == ["key", "labels.a", "title"]


def test_a_run_is_paused_resumed_and_cancelled_and_then_nothing_more(operator: User, run: Run) -> None:
    assert runs.pause(operator, run.id).status == "paused"
    assert runs.resume(operator, run.id).status == "waiting"
    cancelled = runs.cancel(operator, run.id, reason="not needed")
    assert cancelled.status == "cancelled"
    assert "not needed" in cancelled.reason
    assert Gate.objects.get().status == "withdrawn"
    for steer in (runs.pause, runs.resume, runs.cancel):
        with pytest.raises(RejectedConflict, match="cancelled already"):
            steer(operator, run.id)
    assert list(AuditEntry.objects.order_by("id").values_list("verb", flat=True))[-3:] == ["pause", "resume", "cancel"]


def test_the_same_request_to_pause_sent_twice_counts_once(operator: User, run: Run) -> None:
    runs.pause(operator, run.id, key="k")
    paused = runs.pause(operator, run.id, key="k")
    assert paused.n == run.n + 1
