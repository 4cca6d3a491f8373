"""What a model does with its tools: one call after another, in its order, and what it is told of each."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic_ai.messages import ToolCallPart, ToolReturnPart

from orchestrator.core import codec
from orchestrator.core.actions import unlisted
from orchestrator.core.outcomes import Json
from orchestrator.runtimes.context import Context
from orchestrator.runtimes.guarded import in_words
from orchestrator.runtimes.llm.trouble import Asks, Stopped
from orchestrator.runtimes.port import Control, EffectRefused, Job, OverBudget, Suspend
from orchestrator.runtimes.tools.card import NotDone, ToolCard
from orchestrator.runtimes.tools.cards import cards

ASK_PERSON = "ask_person"
_THROUGH = (EffectRefused, OverBudget, MemoryError)
"""Exceptions that end the attempt; all others are the model's to know. What is no Exception ends it anyway."""


class Toolbox:
    """The tools of one attempt."""

    def __init__(self, job: Job, control: Control, *, escalate: bool) -> None:
        """Make their cards; raises Unreachable when a server of tools does not answer."""
        self._job, self._control = job, control
        own = [_ask_person(Context(job, control))] if escalate else []
        self.cards: dict[str, ToolCard] = {card.name: card for card in [*cards(job, control), *own]}
        self._agents = {tool.name for tool in job.spec.tools if tool.agent}

    def use(self, calls: Sequence[ToolCallPart]) -> list[ToolReturnPart]:
        """Make the calls of one answer in order; raises Asks when somebody has to answer first.

        Agents that are called one after another are asked at the same time: nothing is done here between them.
        """
        done: list[ToolReturnPart] = []
        requests: list[dict[str, Json]] = []
        for call in calls:
            if self._control.stop.is_set():
                raise Stopped
            if requests and call.tool_name not in self._agents:
                break
            try:
                done.append(self._made(call))
            except Suspend as suspension:
                requests.append(suspension.request)
                if call.tool_name not in self._agents:
                    break
        if requests:
            raise Asks(requests)
        return done

    def _made(self, call: ToolCallPart) -> ToolReturnPart:
        """Make a call; raises EffectRefused for a tool that is not on the list, before anything happens (A7)."""
        card = self.cards.get(call.tool_name)
        if card is None:
            raise EffectRefused(unlisted(self._job.spec, call.tool_name))
        try:
            result = card.call(_arguments(call.args))
            told, is_good = result if isinstance(result, str) else codec.dumps(result), True
        except _THROUGH:
            raise
        except NotDone as error:
            told, is_good = str(error), False
        except Exception as error:  # noqa: BLE001  # a tool's trouble is told to whoever called it
            told, is_good = f"The tool failed: {in_words(error)}.", False
        return ToolReturnPart(
            tool_name=call.tool_name, content=told, tool_call_id=call.tool_call_id,
            outcome="success" if is_good else "failed",
        )  # fmt: skip


def _arguments(given: object) -> dict[str, Json]:
    try:
        value = codec.loads(given) if isinstance(given, str) and given.strip() else given
    except codec.NotJson as error:
        raise NotDone(f"The arguments are not JSON: {error}. Nothing was done; call it again.") from error
    if not value:
        return {}
    if not isinstance(value, dict):
        raise NotDone("The arguments must be an object. Nothing was done; call it again.")
    return {str(key): codec.plain(one) for key, one in value.items()}


def _ask_person(context: Context) -> ToolCard:
    def ask(given: dict[str, Json]) -> Json:
        question, options = given.get("question"), given.get("options")
        if not isinstance(question, str) or not question.strip():
            raise NotDone("Nobody was asked: write what you want to know into `question`.")
        return context.ask(question, [str(one) for one in options] if isinstance(options, list) else [])

    return ToolCard(
        name=ASK_PERSON,
        description="Ask a person, when you cannot or must not decide something yourself. The answer may take a while.",
        schema={
            "type": "object",
            "properties": {
                "question": {"type": "string"},
                "options": {"type": "array", "items": {"type": "string"}, "description": "Answers to choose from."},
            },
            "required": ["question"],
            "additionalProperties": False,
        },
        call=ask,
    )
