"""What `manage.py` says when it is called without a command: the ones people need, before all the others there are."""

from __future__ import annotations

COMMANDS = {
    "up [--port N] [--data DIR]": "starts everything on this machine, and prints a link to sign in",
    "signin [NAME]": "prints another link",
    "person NAME --role ROLE": "makes an account for a person",
    "token NAME --role ROLE": "prints a token for the API, once",
    "apply PATH… [--check]": "loads agents, workflows and boards from files",
    "try AGENT [EXAMPLE…] [--input JSON]": "tries one agent alone on its examples, or on an input",
    "doctor [NAME…] [--strict]": "says what is worth mending with agents and workflows",
    "drill WORKFLOW [--step PATH] [--fault NAME]": "lets each step go wrong in a dry run, and says what caught it",
    "run WORKFLOW --input JSON [--wait]": "starts a run",
    "steer RUN ACT": "pauses, resumes, cancels or forks a run, retries or skips a step",
    "breaker AGENT [show|trip|reset]": "shows the circuit breakers of an agent, opens one, closes it",
    "agent AGENT [show|pause|resume]": "shows what an agent is doing, pauses it, resumes it",
    "examples [NAME…|--all]": "runs the shipped examples to their end",
    "cache show|drop [AGENT]": "shows what answers are kept of agents and what that saved, or drops an agent's",
    "verify": "checks that everything that is kept agrees",
    "rebuild RUN|--all": "makes the rows of runs anew from their events",
    "bench CASE": "measures",
    "web, worker, timers": "one role each, for a cluster; prepare goes before them",
    "test [ARGUMENT…]": "sets up what the tests need and runs them",
}


def text() -> str:
    """Return it, a command a line."""
    width = max(map(len, COMMANDS))
    lines = [f"  {command.ljust(width)}  {words}" for command, words in COMMANDS.items()]
    more = "Options: manage.py COMMAND --help. All commands there are: manage.py help --commands. More: docs/index.md."
    return "\n".join(["usage: python3 manage.py COMMAND", "", *lines, "", more])
