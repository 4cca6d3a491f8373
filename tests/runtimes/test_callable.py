"""Functions in warm children: called by their hints, killed when they hang, never heard of again when they die."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from orchestrator.core.outcomes import Cancelled, Failed, Failure, Json, Ok, Outcome
from tests.runtimes.conftest import Bench, Ledger, is_running, open_files, pids, poll, target


def output(outcome: Outcome) -> Json:
    assert isinstance(outcome, Ok), outcome
    return outcome.output


def failed(outcome: Outcome, kind: Failure) -> Failed:
    assert isinstance(outcome, Failed), outcome
    assert outcome.kind is kind, outcome
    return outcome


def test_input_is_given_by_name_and_defaults_hold(bench: Bench) -> None:
    assert output(bench.child("add", a=4)) == {"sum": 5}


def test_a_coroutine_is_awaited(bench: Bench) -> None:
    assert output(bench.child("add_slowly", a=4)) == {"sum": 5}
    assert output(bench.inline("add_slowly", a=4)) == {"sum": 5}


def test_dataclasses_and_enums_are_made_from_plain_input(bench: Bench) -> None:
    given = output(bench.child("describe", vendor={"name": "Ash", "colour": "blue"}, others=[{"name": "Elm"}]))
    assert given == {"is_vendor": True, "colour": "BLUE", "others": 1}


def test_an_unknown_input_is_the_callers_fault(bench: Bench) -> None:
    failure = failed(bench.child("add", a=1, c=2), Failure.INVALID_INPUT)
    assert "'c'" in failure.reason


def test_a_missing_function_or_module_is_said_in_words(bench: Bench) -> None:
    assert "has no function nowhere" in failed(bench.child("nowhere"), Failure.CRASH).reason
    outcome = bench.run("callable", {"target": "tests.nowhere:x"}, {})
    assert "No module named 'tests.nowhere'" in failed(outcome, Failure.CRASH).reason


def test_an_exception_is_told_with_what_was_printed_and_its_trace(bench: Bench) -> None:
    failure = failed(bench.child("raises"), Failure.CRASH)
    assert failure.reason == "tried raised ValueError: no such vendor."
    assert "looked everywhere" in failure.detail
    assert "workshop.py" in failure.detail
    assert "calling.py" not in failure.detail


@pytest.mark.parametrize("call", [Bench.child, Bench.inline])
def test_leaving_the_interpreter_is_a_failure_not_our_end(bench: Bench, call: object) -> None:
    assert callable(call)
    assert "SystemExit" in failed(call(bench, "leaves", code=4), Failure.CRASH).reason


def test_a_process_that_exits_says_its_code(bench: Bench) -> None:
    failure = failed(bench.child("vanishes", code=7), Failure.CRASH)
    assert failure.reason == "The process of tried ended with exit code 7 before it had a result."


def test_a_process_that_vanishes_without_an_error_has_failed_all_the_same(bench: Bench) -> None:
    assert "exit code 0" in failed(bench.child("vanishes", code=0), Failure.CRASH).reason


def test_a_segmentation_fault_is_told_with_the_place_it_happened(bench: Bench) -> None:
    failure = failed(bench.child("faults"), Failure.CRASH)
    assert "SIGSEGV" in failure.reason
    assert "in faults" in failure.detail


def test_after_a_death_the_next_job_finds_a_fresh_process(bench: Bench) -> None:
    bench.child("vanishes", code=1)
    assert output(bench.child("add", a=1)) == {"sum": 2}


def test_a_hanging_function_is_killed_and_the_place_is_shown(bench: Bench) -> None:
    """Issue "the spine": a callable that hangs is killed."""
    failure = failed(replace_seconds(bench, 0.5).child("sleeps", seconds=600), Failure.TIMEOUT)
    assert "in sleeps" in failure.detail


@pytest.mark.parametrize("function", ["deaf", "holds_the_interpreter"])
def test_one_that_listens_to_nothing_is_killed_as_well(bench: Bench, function: str) -> None:
    hurried = replace_seconds(bench, 0.5)
    failed(hurried.child(function), Failure.TIMEOUT)
    assert hurried.took < 3


def test_a_flood_of_messages_does_not_outlast_the_timeout(bench: Bench) -> None:
    hurried = replace_seconds(bench, 0.5)
    failed(hurried.child("floods"), Failure.TIMEOUT)
    assert hurried.took < 3


def test_grandchildren_die_with_the_group(bench: Bench, tmp_path: Path) -> None:
    file = tmp_path / "pids"
    hurried = replace_seconds(bench, 3.0)
    failed(hurried.child("begets_and_hangs", count=3, out=str(file)), Failure.TIMEOUT)
    family = pids(file, 6)
    assert poll(lambda: not any(map(is_running, family)))


def test_processes_left_behind_by_good_work_are_ended_too(bench: Bench, tmp_path: Path) -> None:
    file = tmp_path / "pids"
    output(bench.child("begets", count=1, out=str(file)))
    family = pids(file, 2)
    assert poll(lambda: not any(map(is_running, family)))


def test_memory_is_limited(bench: Bench) -> None:
    outcome = bench.run("callable", target("hogs"), {"count": 1 << 30}, memory_bytes=1 << 29)
    assert "memory" in failed(outcome, Failure.OVER_LIMIT).reason
    assert output(bench.child("hogs", count=1 << 10)) == 1 << 10


def test_a_value_over_the_limit_is_refused(bench: Bench) -> None:
    """S18: 100 MB does not pass."""
    outcome = bench.run("callable", target("large"), {"count": 100_000_000}, output_bytes=1_000_000)
    assert "1.0 MB are allowed" in failed(outcome, Failure.OVER_LIMIT).reason


def test_a_large_value_within_the_limit_passes_whole(bench: Bench) -> None:
    value = output(bench.child("large", count=5_000_000))
    assert value == "x" * 5_000_000
    assert output(bench.child("returns", value=value)) == value


def test_nothing_returned_is_null_and_the_contract_decides(bench: Bench) -> None:
    assert output(bench.child("returns_nothing")) is None
    outcome = bench.run("callable", target("returns_nothing"), {}, output_schema={"type": "object"})
    assert "expected an object, found null" in failed(outcome, Failure.SCHEMA).reason


def test_printing_never_mixes_with_messages_and_never_blocks(bench: Bench) -> None:
    assert output(bench.child("chatters", lines=50_000)) == 50_000
    assert output(bench.child("writes_to_stdout_raw")) == "sound"
    assert output(bench.child("reads_stdin")) == ""


def test_a_process_serves_many_jobs_and_starts_none_afresh(bench: Bench) -> None:
    first = output(bench.child("whoami"))
    assert output(bench.child("whoami")) == first
    bench.child("raises")
    assert output(bench.child("whoami")) == first


def test_a_job_leaves_folder_and_environment_as_they_were(bench: Bench) -> None:
    before = output(bench.child("whoami"))
    bench.child("moves_house")
    assert output(bench.child("whoami")) == before


def test_a_process_in_which_a_thread_goes_on_is_replaced(bench: Bench) -> None:
    old = output(bench.child("leaves_a_thread"))
    now = output(bench.child("whoami"))
    assert isinstance(now, dict)
    assert now["pid"] != old


def test_a_changed_file_is_read_again_by_the_next_job(bench: Bench, tmp_path: Path) -> None:
    module = tmp_path / "fresh_agent.py"
    settings: dict[str, Json] = {"target": f"{module.stem}:f"}
    module.write_text("def f():\n    return 1\n")
    os.environ["PYTHONPATH"] = f"{tmp_path}"
    try:
        assert output(bench.run("callable", settings, {})) == 1
        module.write_text("def f():\n    return 'two'\n")
        os.utime(module, (1, 1))
        assert output(bench.run("callable", settings, {})) == "two"
    finally:
        del os.environ["PYTHONPATH"]


def test_jobs_at_once_run_in_as_many_processes(bench: Bench) -> None:
    with ThreadPoolExecutor(3) as slots:
        jobs = [slots.submit(Bench(bench.catalogue, bench.data).child, "sleeps", seconds=0.5) for _ in range(3)]
        assert [output(job.result()) for job in jobs] == ["rested"] * 3
    numbers = {str(output(bench.child("whoami"))) for _ in range(3)}
    assert len(numbers) == 1


def test_closing_ends_work_in_progress(bench: Bench) -> None:
    with ThreadPoolExecutor(1) as slots:
        file = bench.data / "pids"
        job = slots.submit(bench.child, "begets_and_hangs", count=1, out=str(file))
        runtime = bench.catalogue.get("callable")
        assert runtime is not None
        family = pids(file, 2)
        runtime.close()
        assert isinstance(job.result(10), Failed | Cancelled)
    assert poll(lambda: not any(map(is_running, family)))
    assert isinstance(bench.child("add", a=1), Cancelled)


def test_files_are_not_leaked_by_jobs_that_die(bench: Bench) -> None:
    bench.child("vanishes", code=1)
    before = open_files()
    for _ in range(5):
        bench.child("vanishes", code=1)
    assert open_files() <= before


def test_signalboxs_own_secrets_do_not_reach_agents(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SIGNALBOX_SECRET_KEY", "DATABASE_URL", "REDIS_URL", "SIGNALBOX_ADMIN_TOKEN"):
        monkeypatch.setenv(name, "sesame")
    monkeypatch.setenv("VENDOR_API_KEY", "the agent's own")
    seen = output(bench.child("environment"))
    assert isinstance(seen, dict)
    assert "sesame" not in seen.values()
    assert seen["VENDOR_API_KEY"] == "the agent's own"


def test_a_child_imports_neither_django_nor_celery(bench: Bench) -> None:
    loaded = output(bench.child("modules"))
    assert isinstance(loaded, list)
    assert not {"django", "celery", "channels", "redis", "kombu"} & set(map(str, loaded))


def replace_seconds(bench: Bench, seconds: float) -> Bench:
    """Return a bench that gives jobs so long, with a child already warm."""
    bench.child("add", a=1)
    return replace(bench, seconds=seconds, control=Ledger())
