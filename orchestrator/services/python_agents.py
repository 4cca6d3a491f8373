"""Imports modules that define agents in Python, and says where in them something is wrong."""

from __future__ import annotations

import importlib
import traceback
from collections.abc import Iterable, Mapping
from pathlib import Path

from django.conf import settings

from orchestrator import agents as public
from orchestrator import wiring
from orchestrator.core.agents import AgentSpec
from orchestrator.core.problems import Problem
from orchestrator.services.definition_files import Faulty
from orchestrator.services.model_agents import as_model


def load(asked: Mapping[str, str]) -> tuple[list[AgentSpec], list[Faulty]]:
    """Return the agents of modules, named by a dotted name or a file, each with the file that asks for it."""
    faults: list[Faulty] = []
    modules: dict[str, str] = {}
    for wanted, asker in asked.items():
        name = _module_of(Path(wanted)) if wanted.endswith(".py") else wanted
        problem = _not_here(wanted) if name is None else _import(name)
        if name is not None and problem is None:
            modules[name] = asker
        elif problem is not None:
            faults.append(Faulty(file=asker, problem=problem))
    specs = [spec for spec in public.registered() if _home(spec) in modules]
    faults += _namesakes(specs, modules)
    made = [(as_model(spec), modules[_home(spec)]) for spec in specs]
    faults += [fault for spec, asker in made for fault in _misfits(spec, asker)]
    return [spec for spec, _ in made], faults


def _namesakes(specs: Iterable[AgentSpec], modules: Mapping[str, str]) -> Iterable[Faulty]:
    """Blame the later one of two modules that give one name."""
    first: dict[str, str] = {}
    for spec in specs:
        target = str(spec.settings["target"])
        if first.setdefault(spec.name, target) != target:
            message, hint = (
                f"'{spec.name}' is defined twice, first as {first[spec.name]}",
                "give one of them another name=",
            )
            yield Faulty(file=modules[_home(spec)], problem=Problem(path=target, message=message, hint=hint))


def _home(spec: AgentSpec) -> str:
    return str(spec.settings.get("target", "")).partition(":")[0]


def _module_of(file: Path) -> str | None:
    """Return the name under which workers import a file; None where they cannot."""
    resolved = file.resolve()
    for folder in (*settings.AGENT_PATHS, Path(settings.BASE_DIR).resolve()):
        if resolved.is_relative_to(folder):
            parts = resolved.relative_to(folder).with_suffix("").parts
            return ".".join(parts) if all(part.isidentifier() for part in parts) else None
    return None


def _not_here(file: str) -> Problem:
    message = "workers could not import this file"
    hint = (
        f"put it into a folder under {settings.BASE_DIR} whose names are Python names, "
        "or name the folder it lies in by SIGNALBOX_AGENT_PATHS"
    )
    return Problem(path="", message=message, hint=hint)


def _import(name: str) -> Problem | None:
    try:
        importlib.import_module(name)
    except Exception as error:  # noqa: BLE001 - whatever a module does wrong when it is imported is its author's to mend
        frames = [frame for frame in traceback.extract_tb(error.__traceback__) if "importlib" not in frame.filename]
        inside = [frame for frame in frames if frame.filename.endswith(f"{name.replace('.', '/')}.py")]
        line = inside[-1].lineno if inside else getattr(error, "lineno", None)
        message = f"importing {name} failed: {type(error).__name__}: {error}"
        return Problem(path="", message=message, hint="mend the module", line=line)
    return None


def _misfits(spec: AgentSpec, file: str) -> Iterable[Faulty]:
    runtime = wiring.runtimes().get(spec.runtime)
    for problem in runtime.check(spec.settings) if runtime else ():
        yield Faulty(file=file, problem=problem.under(spec.name))
