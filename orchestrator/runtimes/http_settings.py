"""What may stand in the settings of an HTTP agent, checked when it is defined and again before it runs."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from orchestrator.core.outcomes import Json
from orchestrator.core.problems import Problem
from orchestrator.runtimes.http_hosts import Hosts

_KNOWN = ("url", "method", "mode", "every", "headers", "secret_env")
MODES = ("answer", "poll", "callback")
METHODS = ("POST", "PUT")
OURS = ("host", "content-length", "content-type", "transfer-encoding", "connection", "accept", "accept-encoding",
        "idempotency-key", "x-request-id")  # fmt: skip
LEAST_EVERY, MOST_EVERY = 0.1, 3600.0
_HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110, 5.6.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What the configuration says about HTTP agents."""

    hosts: Hosts = field(default_factory=Hosts)
    names: tuple[str, ...] = ()
    """Environment variables that may be sent or signed with."""


def check(settings: dict[str, Json], rules: Rules) -> tuple[Problem, ...]:
    """List what is wrong with the settings of an HTTP agent."""
    found = [
        Problem(path=name, message="there is no such setting", hint=f"known: {', '.join(_KNOWN)}")
        for name in settings
        if name not in _KNOWN
    ]
    found += _address(settings.get("url"), rules.hosts)
    found += _one_of("method", settings.get("method", "POST"), METHODS)
    found += _one_of("mode", settings.get("mode", "answer"), MODES)
    found += _every(settings.get("every", 1.0))
    found += _headers(settings.get("headers", {}), rules)
    if "secret_env" in settings:
        found += _variable("secret_env", settings["secret_env"], rules)
    return tuple(found)


def _address(url: Json, hosts: Hosts) -> list[Problem]:
    hint = "write it in full, such as https://agents.example.com/review"
    if not isinstance(url, str) or not url:
        return [Problem(path="url", message="the address is missing", hint=hint)]
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError as error:
        return [Problem(path="url", message=f"this is no address: {error}", hint=hint)]
    if parts.scheme not in ("http", "https") or not host or not url.isascii() or re.search(r"[\s\x00-\x1f]", url):
        return [Problem(path="url", message="this is no address of a web server", hint=hint)]
    if parts.username is not None or parts.password is not None:
        hint = 'send it as a header: {"Authorization": {"env": "NAME"}}'
        return [Problem(path="url", message="an address with a password in it would be kept and shown", hint=hint)]
    refused = hosts.why_not(host)
    hint = "an administrator adds the host to SIGNALBOX_HTTP_HOSTS"
    return [Problem(path="url", message=refused, hint=hint)] if refused else []


def _one_of(name: str, value: Json, allowed: tuple[str, ...]) -> list[Problem]:
    if value in allowed:
        return []
    return [Problem(path=name, message=f"{str(value)[:40]!r} is not one of them", hint=", ".join(allowed))]


def _every(value: Json) -> list[Problem]:
    if isinstance(value, int | float) and not isinstance(value, bool) and LEAST_EVERY <= value <= MOST_EVERY:
        return []
    return [Problem(path="every", message="this is no pause between two looks",
                    hint=f"write seconds, {LEAST_EVERY:g} to {MOST_EVERY:g}")]  # fmt: skip


def _headers(headers: Json, rules: Rules) -> list[Problem]:
    if not isinstance(headers, dict):
        return [Problem(path="headers", message="expected names with values", hint='write {"X-Team": "risk"}')]
    return [problem for name, value in headers.items() for problem in _header(name, value, rules)]


def _header(name: str, value: Json, rules: Rules) -> list[Problem]:
    path = f"headers.{name}"
    if not _HEADER.fullmatch(name) or name.lower() in OURS or name.lower().startswith("signalbox-"):
        return [Problem(path=path, message="this header is none of the agent's", hint="remove it")]
    if isinstance(value, dict):
        if {*value} == {"env"}:
            return _variable(f"{path}.env", value["env"], rules)
        return [Problem(path=path, message="expected a text or a variable", hint='write {"env": "NAME"}')]
    if isinstance(value, str) and value.isascii() and value.isprintable():
        return []
    return [Problem(path=path, message="expected one line of plain text", hint='or {"env": "NAME"} for a secret')]


def _variable(path: str, name: Json, rules: Rules) -> list[Problem]:
    if isinstance(name, str) and name in rules.names:
        return []
    allowed = f"allowed: {', '.join(rules.names)}; " if rules.names else ""
    hint = f"{allowed}an administrator adds others to SIGNALBOX_HTTP_ENV"
    return [Problem(path=path, message=f"'{str(name)[:80]}' is not on the list of variables agents may use", hint=hint)]
