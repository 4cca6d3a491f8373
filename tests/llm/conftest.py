"""What tests of models share: a server that plays the provider, and an engine's side of an attempt that keeps books."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from orchestrator.core.agents import AgentSpec
from orchestrator.core.outcomes import Json, Outcome, Usage
from orchestrator.runtimes.catalogue import Catalogue
from orchestrator.runtimes.execute import execute
from orchestrator.runtimes.port import Call, Job, OverBudget
from tests.llm.server import ModelServer
from tests.runtimes.conftest import PROJECT, Ledger

KEY = "secret-key-of-the-tests"


class Books(Ledger):
    """An engine's side of an attempt that can forget, and notes what is set aside and used up."""

    def __init__(self) -> None:
        super().__init__()
        self.reserved: list[Usage] = []
        self.settled: list[tuple[Usage, Call]] = []
        self.refuses = ""

    def forget(self, tool: str) -> None:
        for name in [one for one in self.effects_made if one[0] == tool]:
            del self.effects_made[name]

    def reserve(self, estimate: Usage) -> str:
        if self.refuses:
            raise OverBudget(self.refuses)
        self.reserved.append(estimate)
        return f"r{len(self.reserved)}"

    def settle(self, reservation: str, used: Usage, call: Call) -> None:
        assert reservation == f"r{len(self.reserved)}"
        self.settled.append((used, call))

    @property
    def text(self) -> str:
        """All that was streamed."""
        return "".join(one for one in self.said if isinstance(one, str))


@dataclass
class Desk:
    """Runs attempts of an agent that is a model, as a worker does, in a real child process."""

    catalogue: Catalogue
    data: Path
    server: ModelServer
    control: Books = field(default_factory=Books)

    def run(self, given: dict[str, Json] | None = None, /, **changes: Any) -> Outcome:
        """Run one attempt; settings of the model stand in `settings`, all else belongs to agent or job."""
        settings = {"model": "openai:tiny", "base_url": self.server.url, "key_env": "TEST_MODEL_KEY",
                    **changes.pop("settings", {})}  # fmt: skip
        facts = {"attempt": 1, "timeout_seconds": 20.0, "answers": {}, "agents": {}}
        facts |= {name: changes.pop(name) for name in [*facts] if name in changes}
        contract = {"name": "clerk", "role": "Answers.", "runtime": "llm", "settings": settings, **changes}
        spec = AgentSpec(**contract)
        job = Job(run_id="r1", path="step", spec=spec, input=given or {}, request_id="r1:step",
                  data_dir=self.data, **facts)  # fmt: skip
        runtime = self.catalogue.get("llm")
        assert runtime is not None
        assert runtime.check(settings) == ()
        return execute(runtime, job, self.control)


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with ModelServer() as made:
        yield made


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Catalogue]:
    """All runtimes; the key stands in the environment, which children inherit."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TEST_MODEL_KEY", KEY)
        patch.delenv("OPENAI_API_KEY", raising=False)
        made = Catalogue(roots=[tmp_path_factory.mktemp("roots")], import_paths=[PROJECT])
        yield made
        made.close()


@pytest.fixture
def desk(models: Catalogue, tmp_path: Path, server: ModelServer) -> Desk:
    return Desk(models, tmp_path, server)
