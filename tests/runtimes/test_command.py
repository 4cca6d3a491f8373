"""Programs on this machine: only those allowed, never through a shell, within folder, time, memory and output."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
from pathlib import Path

import pytest

from orchestrator.core.outcomes import Failed, Failure, Json, Ok, Outcome
from orchestrator.runtimes.catalogue import Catalogue
from orchestrator.runtimes.command_settings import check
from tests.runtimes.conftest import Bench, is_running, open_files, pids, poll

ECHO = "import json, sys; print(json.dumps(sys.argv[1:]))"


def result(outcome: Outcome) -> Json:
    assert isinstance(outcome, Ok), outcome
    assert isinstance(outcome.output, dict)
    return outcome.output["result"]


def failed(outcome: Outcome, kind: Failure) -> Failed:
    assert isinstance(outcome, Failed), outcome
    assert outcome.kind is kind, outcome
    return outcome


def echo(bench: Bench, *argv: str, given: dict[str, Json] | None = None) -> Outcome:
    return bench.command("python3", "-c", ECHO, *argv, output="json", given=given)


def test_the_output_holds_the_command_the_exit_code_and_what_it_wrote(bench: Bench) -> None:
    outcome = bench.command("python3", "-c", "print('one'); print('two'); exit(3)", output="lines", ok_codes=[0, 3])
    assert isinstance(outcome, Ok)
    assert isinstance(outcome.output, dict)
    assert outcome.output["exit_code"] == 3
    assert outcome.output["result"] == ["one", "two"]
    command = outcome.output["command"]
    assert isinstance(command, list)
    assert Path(str(command[0])).is_absolute()


def test_the_note_run_by_hand_gives_the_same(bench: Bench) -> None:
    outcome = echo(bench, "--", "{input.files}", given={"files": ["a b", "$(touch x)", "'; ls", "*"]})
    assert isinstance(outcome, Ok)
    assert f"cd {shlex.quote(str(bench.data))} && " in outcome.note
    by_hand = subprocess.run(["sh", "-c", outcome.note], capture_output=True, check=True, text=True)
    assert json.loads(by_hand.stdout) == result(outcome) == ["--", "a b", "$(touch x)", "'; ls", "*"]


def test_the_note_shows_the_variables_as_well(bench: Bench) -> None:
    outcome = bench.command("python3", "-c", "import os; print(os.environ['A'])", env={"A": "b c"})
    assert isinstance(outcome, Ok)
    assert subprocess.check_output(["sh", "-c", outcome.note], text=True) == result(outcome) == "b c\n"


def test_a_list_becomes_several_arguments_and_a_value_inside_a_text_stays_inside(bench: Bench) -> None:
    given: dict[str, Json] = {"rules": "E,F", "n": 3, "yes": True, "files": ["a", "b"], "deep": {"er": "x"}}
    argv = ("--select={input.rules}", "n{input.n}-{input.yes}", "{input.deep.er}", "{input.files}")
    assert result(echo(bench, *argv, given=given)) == ["--select=E,F", "n3-true", "x", "a", "b"]


@pytest.mark.parametrize("value", ["--fix", "-c", "-", ["ok", "--config=/etc/x"]])
def test_a_value_that_would_be_an_option_is_refused(bench: Bench, value: Json) -> None:
    """S26: tricks in command agents."""
    reason = failed(echo(bench, "{input.x}", given={"x": value}), Failure.INVALID_INPUT).reason
    assert "taken for an option" in reason
    assert "input.x" in reason


def test_after_two_dashes_it_is_no_option_any_more(bench: Bench) -> None:
    assert result(echo(bench, "--", "{input.x}", given={"x": "-c"})) == ["--", "-c"]


def test_an_option_made_of_a_reference_and_a_text_is_refused_too(bench: Bench) -> None:
    failed(echo(bench, "{input.x}.py", given={"x": "--fix"}), Failure.INVALID_INPUT)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "input.x is missing"),
        ({"x": []}, "empty list"),
        ({"x": {"a": 1}}, "must be a text or a number"),
        ({"x": [["a"]]}, "must be a text or a number"),
        ({"x": None}, "must be a text or a number"),
        ({"x": "a\0b"}, "zero byte"),
    ],
)
def test_a_value_that_is_no_argument_is_refused_with_a_reason(bench: Bench, given: dict[str, Json], words: str) -> None:
    assert words in failed(echo(bench, "{input.x}", given=given), Failure.INVALID_INPUT).reason


@pytest.mark.parametrize("value", ["/etc/passwd", "../secret", "a/../../secret", "link", "link/passwd", "~root"])
def test_a_path_that_leads_out_is_refused(bench: Bench, value: str) -> None:
    """S26: path tricks in command agents."""
    (bench.data / "link").symlink_to("/etc")
    for argv in ("{input.x}", "--file={input.x}"):
        failure = failed(echo(bench, argv, given={"x": value}), Failure.INVALID_INPUT)
        assert "leads out" in failure.reason


def test_paths_inside_are_fine_and_so_are_texts_with_slashes(bench: Bench) -> None:
    (bench.data / "a").mkdir()
    given: dict[str, Json] = {"x": ["a", "a/new.py", f"{bench.data}/a", "fix/this and that"]}
    assert result(echo(bench, "{input.x}", given=given)) == given["x"]


@pytest.mark.parametrize(
    "folder", ["/etc", "/", "relative", "{tmp}/..", "{tmp}/missing", "{tmp}/link", "{tmp}/file", "{tmp}x", "~"]
)
def test_a_working_folder_outside_the_roots_or_missing_is_refused(bench: Bench, folder: str) -> None:
    (bench.data / "link").symlink_to("/etc")
    (bench.data / "file").write_text("")
    given: dict[str, Json] = {"root": folder.replace("{tmp}", str(bench.data))}
    outcome = bench.command("python3", "-c", "pass", cwd="{input.root}", given=given)
    assert "was not started" in failed(outcome, Failure.INVALID_INPUT).reason


def test_a_link_to_a_folder_inside_is_followed(bench: Bench) -> None:
    (bench.data / "real").mkdir()
    (bench.data / "link").symlink_to(bench.data / "real")
    script = "import os; print(os.getcwd(), end='')"
    outcome = bench.command("python3", "-c", script, cwd="{input.root}", given={"root": f"{bench.data}/link"})
    assert result(outcome) == str(bench.data / "real")


def test_only_programs_on_the_list_are_run(bench: Bench) -> None:
    """A7: a call outside the allow-list is refused before it acts."""
    for program in ("sh", "/bin/sh", "./ruff", "python3 -c", "{input.x}"):
        failure = failed(bench.command(program, "-c", "x", given={"x": "python3"}), Failure.REFUSED)
        assert "not on the list" in failure.reason


def test_a_program_that_is_not_installed_is_said_so(tmp_path: Path) -> None:
    catalogue = Catalogue(roots=[tmp_path], binaries=["no-such-program"])
    outcome = Bench(catalogue, tmp_path).command("no-such-program")
    assert "no-such-program is not installed here" in failed(outcome, Failure.UNAVAILABLE).reason


def test_the_tools_we_ship_with_run_from_beside_the_interpreter(bench: Bench) -> None:
    version = result(bench.command("ruff", "--version"))
    assert str(version).startswith("ruff ")


def test_an_exit_code_that_is_not_good_is_a_failure_with_the_end_of_standard_error(bench: Bench) -> None:
    failure = failed(bench.command("python3", "-c", "1/0"), Failure.CRASH)
    assert failure.reason == "tried ended with exit code 1."
    assert "ZeroDivisionError" in failure.detail
    assert failure.note


def test_death_by_a_signal_is_said_in_words(bench: Bench) -> None:
    outcome = bench.command("python3", "-c", "import os; os.kill(os.getpid(), 11)")
    assert "SIGSEGV" in failed(outcome, Failure.CRASH).reason


def test_output_that_is_not_json_shows_how_it_began(bench: Bench) -> None:
    failure = failed(bench.command("python3", "-c", "print('<html>oops')", output="json"), Failure.MALFORMED)
    assert "<html>oops" in failure.detail


def test_a_command_line_longer_than_the_system_takes_is_the_inputs_fault(bench: Bench) -> None:
    failure = failed(echo(bench, "{input.x}", given={"x": "a" * 200_000}), Failure.INVALID_INPUT)
    assert "longer command line" in failure.reason


def test_too_much_output_ends_the_program(bench: Bench) -> None:
    script = "import sys\nwhile True: sys.stdout.write('x' * 65536)"
    outcome = bench.command("python3", "-c", script, output_bytes=1_000_000)
    assert "more than the 1.0 MB" in failed(outcome, Failure.OVER_LIMIT).reason
    assert bench.took < 5


def test_too_much_on_standard_error_is_read_and_dropped(bench: Bench) -> None:
    script = "import sys\nfor _ in range(200): sys.stderr.write('x' * 65536)\nprint('done', end='')"
    assert result(bench.command("python3", "-c", script)) == "done"


def test_memory_is_limited(bench: Bench) -> None:
    outcome = bench.command("python3", "-c", "x = bytearray(1 << 30)", memory_bytes=1 << 29)
    assert "MemoryError" in failed(outcome, Failure.CRASH).detail


def test_a_program_deaf_to_the_polite_signal_is_killed_with_its_family(bench: Bench, tmp_path: Path) -> None:
    file = tmp_path / "pids"
    script = (
        "import os, signal, subprocess, sys, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "p = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        f"open({str(file)!r}, 'w').write(f'{{os.getpid()}} {{p.pid}}')\n"
        "time.sleep(600)"
    )
    bench.seconds = 1.5
    failed(bench.command("python3", "-c", script), Failure.TIMEOUT)
    family = pids(file, 2)
    assert poll(lambda: not any(map(is_running, family)))
    assert bench.took < 6


def test_a_program_that_ends_politely_may_tidy_up(bench: Bench) -> None:
    script = (
        "import pathlib, signal, sys, time\n"
        "signal.signal(signal.SIGTERM, lambda *_: (pathlib.Path('tidy').touch(), sys.exit(0)))\n"
        "time.sleep(600)"
    )
    bench.seconds = 1.0
    failed(bench.command("python3", "-c", script), Failure.TIMEOUT)
    assert (bench.data / "tidy").exists()


def test_what_a_program_leaves_running_is_ended_with_it(bench: Bench, tmp_path: Path) -> None:
    script = (
        "import subprocess, sys\n"
        "p = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        "print(p.pid, end='')"
    )
    pid = int(str(result(bench.command("python3", "-c", script))))
    assert poll(lambda: not is_running(pid))
    assert bench.took < 5


def test_the_environment_is_small_and_holds_no_secret(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SIGNALBOX_SECRET_KEY", "DATABASE_URL", "VENDOR_API_KEY", "PYTHONPATH"):
        monkeypatch.setenv(name, "sesame")
    script = "import json, os; print(json.dumps(dict(os.environ)))"
    seen = result(bench.command("python3", "-c", script, output="json", env={"COLOUR": "blue"}))
    assert isinstance(seen, dict)
    assert "sesame" not in seen.values()
    assert seen["SIGNALBOX_REQUEST_ID"] == "r1:step"
    assert seen["COLOUR"] == "blue"
    assert seen["HOME"] != os.environ["HOME"]
    assert not Path(str(seen["HOME"])).exists()


def test_files_are_not_leaked(bench: Bench) -> None:
    bench.command("python3", "-c", "pass")
    before = open_files()
    for _ in range(5):
        bench.command("python3", "-c", "exit(1)")
    assert open_files() <= before


@pytest.mark.parametrize(
    ("settings", "path"),
    [
        ({}, "command"),
        ({"command": "ruff check"}, "command"),
        ({"command": ["ruff", 3]}, "command"),
        ({"command": ["rm", "-rf"]}, "command[0]"),
        ({"command": ["ruff", "{input.a-b}"]}, "command[1]"),
        ({"command": ["ruff"], "cwd": "{input.a}/{input.b}"}, "cwd"),
        ({"command": ["ruff"], "cwd": ""}, "cwd"),
        ({"command": ["ruff"], "ok_codes": []}, "ok_codes"),
        ({"command": ["ruff"], "ok_codes": [True]}, "ok_codes"),
        ({"command": ["ruff"], "output": "xml"}, "output"),
        ({"command": ["ruff"], "env": {"A": 1}}, "env"),
        ({"command": ["ruff"], "env": {"LD_PRELOAD": "x"}}, "env.LD_PRELOAD"),
        ({"command": ["ruff"], "env": {"PATH": "x"}}, "env.PATH"),
        ({"command": ["ruff"], "shell": True}, "shell"),
    ],
)
def test_wrong_settings_are_found_when_the_agent_is_defined(settings: dict[str, Json], path: str) -> None:
    problems = check(settings, ("ruff",))
    assert [problem.path for problem in problems] == [path]
    assert problems[0].hint
