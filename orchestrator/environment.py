"""Typed readers for environment variables, and the few forms of address they may hold.

A value that makes no sense stops the process with the variable's name, the reason and the remedy. No settings here.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

# Every name that was asked for, so that one that nobody asks for can be pointed out.
known: set[str] = set()
LIMIT = re.compile(r"(\d{1,7})(?:/(\d{0,6}(?:\.\d{1,3})?)(s|m|h))?")
UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0}
MOST_AMOUNT = 1_000_000_000
"""So that every sum fits the columns of the book."""
YES, NO = {"1", "true", "yes", "on"}, {"0", "false", "no", "off", ""}


def refuse(name: str, value: str, reason: str, remedy: str) -> ImproperlyConfigured:
    """Build the one kind of error this module raises."""
    return ImproperlyConfigured(f"{name} is {value!r}, but {reason}. {remedy}")


def text(name: str, default: str = "", environ: Mapping[str, str] = os.environ) -> str:
    """Read a string; blank counts as not set."""
    known.add(name)
    return environ.get(name, "").strip() or default


def number(name: str, default: int, least: int, most: int, environ: Mapping[str, str] = os.environ) -> int:
    """Read a whole number between two bounds."""
    value = text(name, environ=environ)
    remedy = f"Set it to a number, for example {name}={default}, or leave it unset."
    if not value:
        return default
    try:
        found = int(value)
    except ValueError:
        raise refuse(name, value, "it must be a whole number", remedy) from None
    if not least <= found <= most:
        raise refuse(name, value, f"it must be between {least} and {most}", remedy)
    return found


def amount(
    name: str, places: int, environ: Mapping[str, str] = os.environ, unset: str = "for no limit"
) -> Decimal | None:
    """Read an amount above 0, with so many decimal places at most; None where there is none."""
    value = text(name, environ=environ)
    if not value:
        return None
    example = f"{name}={25 if places else 1000000}"
    remedy = f"Set it to a number above 0, for example {example}, or leave it unset {unset}."
    try:
        found = Decimal(value)
    except InvalidOperation:
        raise refuse(name, value, "it must be a number", remedy) from None
    if not found.is_finite() or found <= 0 or found > MOST_AMOUNT:
        raise refuse(name, value, f"it must be above 0 and at most {MOST_AMOUNT}", remedy)
    if found != round(found, places):
        kind = f"have at most {places} decimal places" if places else "be a whole number"
        raise refuse(name, value, f"it must {kind}", remedy)
    return found


def flag(name: str, default: bool, environ: Mapping[str, str] = os.environ) -> bool:
    """Read a switch."""
    known.add(name)
    if name not in environ:
        return default
    value = environ[name].strip().lower()
    if value not in YES | NO:
        raise refuse(name, environ[name], "it must be a switch", f"Set {name}=on or {name}=off.")
    return value in YES


def items(name: str, default: tuple[str, ...], environ: Mapping[str, str] = os.environ) -> list[str]:
    """Read a list separated by commas."""
    return [part.strip() for part in text(name, environ=environ).split(",") if part.strip()] or list(default)


_LIMITED = {("agent", True), ("provider", True), ("workflow", True), ("all", False)}


def limits(name: str, environ: Mapping[str, str] = os.environ) -> dict[str, dict[str, float]]:
    """Read limits by key: `agent:NAME=4` at once, `provider:NAME=60/1m` in a time; a key may stand twice.

    `workflow:NAME` is about all runs of a workflow, `all` about everything.
    """
    found: dict[str, dict[str, float]] = {}
    for part in items(name, (), environ):
        key, _, amount = part.rpartition("=")
        read = LIMIT.fullmatch(amount.strip())
        kind, _, whose = key.strip().partition(":")
        if read is None or (kind, bool(whose)) not in _LIMITED:
            remedy = f"Write it like {name}=provider:openai=60/1m,agent:researcher=4,all=100"
            raise refuse(name, part, "a limit is a key and how many: at once, or in a time", remedy)
        most, number, unit = int(read[1]), float(read[2] or 1), read[3]
        new = {"concurrency": float(most)} if unit is None else {"calls": most, "seconds": number * UNITS[unit]}
        if most < 1 or new.get("seconds", 1.0) <= 0 or found.get(key.strip(), {}).keys() & new.keys():
            raise refuse(name, part, "it must be above 0 and stand only once", f"Leave it out of {name} for no limit.")
        found.setdefault(key.strip(), {}).update(new)
    return found


def choice(name: str, default: str, allowed: tuple[str, ...], environ: Mapping[str, str] = os.environ) -> str:
    """Read one word out of a few."""
    value = text(name, default, environ)
    if value not in allowed:
        usual = default or next(filter(None, allowed))
        words = ", ".join(filter(None, allowed))
        raise refuse(name, value, f"it must be one of {words}", f"Set {name}={usual} or leave it unset.")
    return value


def folders(name: str, default: tuple[Path, ...], environ: Mapping[str, str] = os.environ) -> list[Path]:
    """Read existing folders, separated as in PATH."""
    value = text(name, environ=environ)
    if not value:
        return [folder.resolve() for folder in default]
    found = [Path(part).expanduser() for part in value.split(os.pathsep) if part]
    for folder in found:
        if not folder.is_dir():
            raise refuse(name, value, f"{folder} is not a folder", f"Make it, or take it out of {name}.")
    return [folder.resolve() for folder in found]


def origins(name: str, environ: Mapping[str, str] = os.environ) -> list[str]:
    """Read web origins such as https://signalbox.example."""
    found = items(name, (), environ)
    for origin in found:
        parts = urlsplit(origin)
        if parts.scheme not in ("http", "https") or not parts.netloc or parts.path not in ("", "/"):
            remedy = f"Write it like {name}=https://signalbox.example"
            raise refuse(name, origin, "an origin is a scheme and a host", remedy)
    return [origin.rstrip("/") for origin in found]


def postgres(name: str, value: str) -> dict[str, Any]:
    """Turn a PostgreSQL address into Django's form; a `host` in the query names the folder of a unix socket."""
    remedy = f"Write {name}=postgres://user:password@host:5432/database or postgres:///database?host=/run/postgresql"
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError as problem:
        raise refuse(name, value, str(problem), remedy) from None
    if parts.scheme not in ("postgres", "postgresql"):
        raise refuse(name, hidden(value), "only PostgreSQL can be given by URL (unset means SQLite)", remedy)
    options: dict[str, Any] = dict(parse_qsl(parts.query))
    host = options.pop("host", "") or unquote(parts.hostname or "")
    database = unquote(parts.path.lstrip("/"))
    if not database:
        raise refuse(name, hidden(value), "it names no database", remedy)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": database,
        "USER": options.pop("user", "") or unquote(parts.username or ""),
        "PASSWORD": options.pop("password", "") or unquote(parts.password or ""),
        "HOST": host,
        "PORT": str(options.pop("port", "") or port or ""),
        "OPTIONS": options,
    }


def hidden(value: str) -> str:
    """Blot out the password of an address before it is shown."""
    parts = urlsplit(value)
    return value.replace(f":{parts.password}@", ":…@") if parts.password else value


def redis(name: str, value: str) -> str:
    """Check the address of a Redis or Valkey server."""
    remedy = f"Write {name}=redis://host:6379, rediss://user:password@host:6379 or unix:///run/valkey.sock"
    parts = urlsplit(value)
    if parts.scheme not in ("redis", "rediss", "unix", "redis+socket"):
        raise refuse(name, hidden(value), "it must be the address of a Redis or Valkey server", remedy)
    if parts.scheme in ("unix", "redis+socket") and (parts.netloc or not parts.path.startswith("/")):
        raise refuse(name, value, "the path of the socket must be absolute", remedy)
    if parts.scheme in ("redis", "rediss") and not parts.hostname:
        raise refuse(name, hidden(value), "it names no host", remedy)
    return value


def redis_number(address: str) -> int:
    """Return which of a server's numbered databases an address names."""
    parts = urlsplit(address)
    if parts.scheme in ("unix", "redis+socket"):
        query = dict(parse_qsl(parts.query))
        return int(query.get("db") or query.get("virtual_host") or 0)
    return int(parts.path.strip("/") or 0)


def redis_database(address: str, database: int) -> str:
    """Point a server's address at one of its numbered databases, counted from the one the address names."""
    parts, number = urlsplit(address), redis_number(address) + database
    if parts.scheme in ("unix", "redis+socket"):
        return f"unix://{parts.path}?db={number}"
    return parts._replace(path=f"/{number}").geturl()


def celery_broker(address: str) -> str:
    """Write a server's address the way Celery spells unix sockets."""
    parts = urlsplit(address)
    if parts.scheme != "unix":
        return address
    return f"redis+socket://{parts.path}?virtual_host={dict(parse_qsl(parts.query)).get('db', '0')}"
