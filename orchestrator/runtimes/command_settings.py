"""What may stand in the settings of a command agent, checked when it is defined and again before it runs."""

from __future__ import annotations

from orchestrator.core.outcomes import Json
from orchestrator.core.problems import Problem
from orchestrator.runtimes import argv

_KNOWN = ("command", "cwd", "ok_codes", "output", "env")
_OUTPUTS = ("json", "text", "lines")
_UNSAFE = ("LD_", "DYLD_", "PYTHON", "GIT_", "SIGNALBOX_", "BASH_")


def check(settings: dict[str, Json], binaries: tuple[str, ...]) -> tuple[Problem, ...]:
    """List what is wrong with the settings of a command agent."""
    found = [
        Problem(path=name, message="there is no such setting", hint=f"known: {', '.join(_KNOWN)}")
        for name in settings
        if name not in _KNOWN
    ]
    command = settings.get("command")
    shape = argv.check(command)
    found += shape or _binary(command, binaries)
    found += _folder(settings.get("cwd"))
    found += _codes(settings.get("ok_codes", [0]))
    if settings.get("output", "text") not in _OUTPUTS:
        found.append(Problem(path="output", message="this is no form of output", hint=" or ".join(_OUTPUTS)))
    return (*found, *_environment(settings.get("env", {})))


def _binary(command: Json, binaries: tuple[str, ...]) -> list[Problem]:
    first = str(command[0]) if isinstance(command, list) and command else ""
    if first in binaries:
        return []
    hint = f"allowed: {', '.join(binaries)}; an administrator adds others to SIGNALBOX_COMMANDS"
    return [Problem(path="command[0]", message=f"'{first}' is not on the list of allowed programs", hint=hint)]


def _folder(setting: Json) -> list[Problem]:
    if setting is None or (isinstance(setting, str) and setting):
        names = argv.references(setting or "")
        whole = not names or setting == f"{{input.{names[0]}}}"
        if whole:
            return []
    hint = 'write a folder, or one reference such as "{input.root}"'
    return [Problem(path="cwd", message="this is no working folder", hint=hint)]


def _codes(codes: Json) -> list[Problem]:
    if isinstance(codes, list) and codes and all(type(code) is int and 0 <= code <= 255 for code in codes):
        return []
    return [Problem(path="ok_codes", message="expected a list of exit codes", hint="write [0] or [0, 1]")]


def _environment(variables: Json) -> list[Problem]:
    if not isinstance(variables, dict) or not all(isinstance(value, str) for value in variables.values()):
        return [Problem(path="env", message="expected names with texts", hint='write {"NAME": "value"}')]
    return [
        Problem(path=f"env.{name}", message="this variable changes what runs", hint="remove it")
        for name in variables
        if name in ("PATH", "HOME", "SHELL", "IFS", "ENV") or name.startswith(_UNSAFE)
    ]
