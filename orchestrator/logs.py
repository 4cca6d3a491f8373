"""How everything is logged: one line an event, as JSON or coloured text, with what the line belongs to.

The only module that knows structlog. Others log by `logging`, with `extra=` for the names in NAMES, and bind what all
lines of a request, an attempt or a sweep share by `bound` at the border where it comes in.
"""

from __future__ import annotations

import logging.handlers
import os
import re
import sys
import uuid
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import orjson
import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

NAMES = (
    "agent", "attempt", "card_id", "correlation_id", "count", "failure", "method", "ms", "noun", "noun_id", "route",
    "run_id", "status", "step", "verb", "worker",
)  # fmt: skip
"""What a line may carry beside its words: ids, names and numbers. Anything else that code hands over is left out."""
LARGEST_BYTES, OLDER_FILES = 5_000_000, 3
WELL_FORMED = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{7,35}")
HIDDEN = "…"
SECRETS = (
    (re.compile(r"sbx_[\w-]+"), f"sbx_{HIDDEN}"),
    (re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]+"), rf"\1 {HIDDEN}"),
    (re.compile(r"(://[^/\s:@]*:)[^/\s@]+@"), rf"\1{HIDDEN}@"),
    (re.compile(r"(/(?:signin|v1/attempts|v1/work)/)[^/\s'\"]+"), rf"\1{HIDDEN}"),
    (re.compile(r"(/[\w./+-]*)\?[^\s'\")]+"), rf"\1?{HIDDEN}"),
)
"""What must never be read in a log: tokens, passwords in addresses, links to sign in or report at, query strings."""
# These say at INFO what is said better here, or at DEBUG what must not be said at all.
QUIETER = {
    "daphne": "WARNING",
    "django.channels.server": "WARNING",
    "django.db.backends": "INFO",
    "django.template": "INFO",
    "celery.worker.strategy": "WARNING",
    "celery.app.trace": "WARNING",
    "kombu": "INFO",
    "amqp": "INFO",
    "asyncio": "INFO",
}


def configuration(role: str, level: str, form: str = "", file: str = "") -> dict[str, Any]:
    """Return what Django hands to logging: lines to standard error, or to a file that is rotated by its size.

    `form` is json or text; empty means text where a person reads, which is a terminal or a command's own output.
    """
    logging.captureWarnings(role != "shell")
    person = role == "shell" or (not file and sys.stderr.isatty())
    drawn = draw_text() if (form or ("text" if person else "json")) == "text" else draw_json()
    out: dict[str, Any] = {"class": "logging.StreamHandler"}
    if file:
        Path(file).parent.mkdir(parents=True, exist_ok=True)
        out = {"()": RotatedFile, "filename": file, "maxBytes": LARGEST_BYTES, "backupCount": OLDER_FILES}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"()": structlog.stdlib.ProcessorFormatter, "processors": line(role, drawn)}},
        "handlers": {"out": out | {"formatter": "line"}},
        "root": {"handlers": ["out"], "level": level},
        "loggers": {name: {"level": least} for name, least in QUIETER.items()},
    }


def line(role: str, drawn: Processor) -> list[Processor]:
    """Return what makes a line of a record."""

    def named(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
        return {**event, "role": role, "pid": os.getpid()}

    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.ExtraAdder(allow=NAMES),
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        named,
        # As text: the other forms show the values of variables.
        structlog.processors.format_exc_info,
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        without_secrets,
        drawn,
    ]


def draw_json() -> Processor:
    """Draw lines for programs."""
    return structlog.processors.JSONRenderer(
        serializer=lambda event, **_: orjson.dumps(event, default=str).decode(errors="replace")
    )


def draw_text() -> Processor:
    """Draw lines for people."""
    colours = sys.stderr.isatty() and "NO_COLOR" not in os.environ
    return structlog.dev.ConsoleRenderer(
        colors=colours, pad_event_to=40, exception_formatter=structlog.dev.plain_traceback
    )


def without_secrets(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """Blot out what must never be read in a log, wherever it stands in a line."""
    return {name: cleaned(value) if isinstance(value, str) else value for name, value in event.items()}


def cleaned(text: str) -> str:
    """Blot out secrets in a text."""
    for pattern, instead in SECRETS:
        text = pattern.sub(instead, text)
    return text


def bound(**names: object) -> AbstractContextManager[None]:
    """Have all lines of this thread or task carry these names for a while; empty ones are left out."""
    kept = {name: value for name, value in names.items() if value not in ("", None)}
    return structlog.contextvars.bound_contextvars(**kept)


def correlation_id() -> str:
    """Return what ties everything of the request at hand together; empty where nothing is at hand."""
    return str(structlog.contextvars.get_contextvars().get("correlation_id", ""))


def accepted(given: str) -> str:
    """Return a caller's own id for a request if it is well formed, else a new one."""
    return given if WELL_FORMED.fullmatch(given) else uuid.uuid4().hex


class RotatedFile(logging.handlers.RotatingFileHandler):
    """A log file that takes along whatever else was sent into it: the process's standard output and error."""

    def doRollover(self) -> None:  # noqa: N802 - the name is the standard library's
        """Begin a new file; the streams that led into the old one lead into it from now on."""
        before = os.fstat(self.stream.fileno()) if self.stream else None
        super().doRollover()
        for file in (1, 2):
            if before is not None and self.stream and os.path.samestat(os.fstat(file), before):
                os.dup2(self.stream.fileno(), file)
