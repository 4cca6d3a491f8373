"""All runtimes there are, one line each. The only module that knows them all."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from orchestrator.runtimes.callable import CallableRuntime
from orchestrator.runtimes.command import DEFAULT_BINARIES, CommandRuntime
from orchestrator.runtimes.http import HttpRuntime
from orchestrator.runtimes.http_settings import Rules
from orchestrator.runtimes.human import HumanRuntime
from orchestrator.runtimes.leash import Leash
from orchestrator.runtimes.llm.runtime import LlmRuntime
from orchestrator.runtimes.port import Runtime
from orchestrator.runtimes.remote import RemoteRuntime
from orchestrator.runtimes.scripted import ScriptedRuntime

__all__ = ["DEFAULT_BINARIES", "METERED", "Catalogue"]
METERED = frozenset({"llm", "human"})
"""Runtimes that hold each of their calls themselves, or make none; what others do counts as one call and its time."""


class Catalogue:
    """The runtimes of one process, by name; nothing is started before it is used."""

    def __init__(
        self,
        *,
        roots: Iterable[Path],
        binaries: Iterable[str] = DEFAULT_BINARIES,
        import_paths: Iterable[Path] = (),
        http: Rules | None = None,
    ) -> None:
        """Make every runtime with what it needs of the configuration."""
        self._leash = Leash()
        allowed = tuple(roots)
        made: tuple[Runtime, ...] = (
            CallableRuntime(self._leash, allowed, import_paths),
            CommandRuntime(self._leash, allowed, binaries),
            LlmRuntime(self._leash, allowed, import_paths),
            HttpRuntime(http or Rules()),
            RemoteRuntime(),
            ScriptedRuntime(),
            HumanRuntime(),
        )
        self._by_name = {runtime.name: runtime for runtime in made}

    @property
    def names(self) -> tuple[str, ...]:
        """The runtimes an agent may name."""
        return tuple(self._by_name)

    def get(self, name: str) -> Runtime | None:
        """Return the runtime of that name, or None."""
        return self._by_name.get(name)

    def warm(self) -> None:
        """Have what is slow to start ready before the first job."""
        for runtime in self._by_name.values():
            if isinstance(runtime, CallableRuntime):
                runtime.warm()

    def close(self) -> None:
        """End every process that was started."""
        for runtime in self._by_name.values():
            runtime.close()
        self._leash.close()
