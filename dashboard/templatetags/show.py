"""How values are shown: times, spans, money, counts, JSON. Unknown is `–`, never 0."""

from __future__ import annotations

import json
from datetime import datetime
from decimal import Decimal, InvalidOperation

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from dashboard.live.frames import Frame
from orchestrator.core.outcomes import Json
from orchestrator.engine.ports import REMOTE

register = template.Library()

UNKNOWN = "–"
MOST_SHOWN = 20_000
"""Characters of a value that a page shows."""
PLAIN = 160


@register.simple_tag
def moment(at: datetime | None, form: str = "ago", until: datetime | None = None) -> SafeString | str:
    """Write an instant; the page keeps it relative (`ago`, `left`, `span`, `clock`), with the exact one on hover."""
    if at is None:
        return UNKNOWN
    exact, iso = at.strftime("%Y-%m-%d %H:%M:%S UTC"), at.isoformat()
    words = seconds((until - at).total_seconds()) if form == "span" and until else exact
    till = f' data-until="{until.isoformat()}"' if until else ""
    # Nothing in it is anyone's text, so nothing is escaped: a page shows dozens.
    return SafeString(f'<time datetime="{iso}" data-at="{iso}" data-form="{form}"{till} title="{exact}">{words}</time>')


@register.filter
def seconds(value: float | None) -> str:
    """Write a span: `14 ms`, `12.4 s`, `3 m 40 s`."""
    if value is None:
        return UNKNOWN
    if value < 0.95:
        return f"{round(value * 1000)} ms"
    if value < 60:
        return f"{value:.1f} s"
    minutes, rest = divmod(round(value), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} m" if hours else f"{minutes} m {rest} s"


@register.filter
def between(start: datetime | None, end: datetime | None) -> str:
    """Write how long it took from one instant to another."""
    return seconds((end - start).total_seconds()) if start and end else UNKNOWN


@register.filter
def usd(value: str | float | Decimal | None) -> str:
    """Write money; what nothing metered is unknown."""
    if value is None or value == "":
        return UNKNOWN
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        return UNKNOWN
    return f"${amount:.2f}" if amount >= 1 or amount == 0 else f"${amount:.3f}"


@register.filter
def count(value: float | None) -> str:
    """Write a number: `18.4k`."""
    if value is None:
        return UNKNOWN
    return f"{value / 1000:.1f}k" if value >= 10_000 else f"{value:,}"


@register.filter
def amount(value: Decimal, unit: str) -> str:
    """Write an amount of what budgets limit: `$0.25`, `18.4k tokens`, `1.5 minutes`."""
    return bare(value, unit) if unit == "usd" else f"{bare(value, unit)} {unit}"


@register.filter
def bare(value: Decimal, unit: str) -> str:
    """Write the same beside another amount, which names the unit."""
    if unit == "usd":
        return usd(value)
    return f"{value:.1f}" if unit == "minutes" else count(int(value))


@register.filter
def figure(value: float | None) -> str:
    """Write a score as it is read: `0.8125`, `7`."""
    return UNKNOWN if value is None else f"{value:.6g}"


@register.filter
def percent(value: float | None) -> str:
    """Write a share: `97.8%`."""
    if value is None:
        return UNKNOWN
    return "100%" if value == 1 else f"{value * 100:.1f}%"


@register.filter
def pretty(value: Json) -> str:
    """Write a value as readable JSON; a text as itself."""
    text = value if isinstance(value, str) else json.dumps(value, indent=2, ensure_ascii=False)
    if len(text) <= MOST_SHOWN:
        return text
    return f"{text[:MOST_SHOWN]}\n… {len(text) - MOST_SHOWN:,} more characters"


@register.filter
def is_plain(value: Json) -> bool:
    """Tell whether a value is short enough to stand in a line."""
    return not isinstance(value, dict | list) and len(str(value)) <= PLAIN and "\n" not in str(value)


@register.filter
def short(identifier: str) -> str:
    """Write an id so that it is recognised: `0190a3…91e0`; a worker elsewhere by the name it gives itself."""
    if identifier.startswith(REMOTE):
        return identifier.split(":")[1]
    return identifier if len(identifier) <= 14 else f"{identifier[:8]}…{identifier[-4:]}"


@register.filter
def words(status: str) -> str:
    """Write a status or a name of several words: `timed out`."""
    return str(status).replace("_", " ")


@register.simple_tag
def fill(frame: Frame, name: str, tag: str = "div", classes: str = "", hold: bool = False) -> SafeString:
    """Write the element a fragment of a frame fills, with the hash that tells whether a pushed one is newer.

    `hold` keeps new rows of a list from moving those under somebody's pointer.
    """
    found = frame.fragment(name)
    kind = format_html(' class="{}"', classes) if classes else ""
    held = SafeString(" data-hold") if hold else ""
    inner = SafeString(found.html)
    return format_html('<{} id="{}"{}{} data-v="{}">{}</{}>', tag, found.id, kind, held, found.v, inner, tag)


@register.filter
def lamp_x(number: int) -> int:
    """Place the lamps of a folded map side by side, twenty to a row."""
    return 3 + number % 20 * 7


@register.filter
def lamp_y(number: int) -> int:
    """Place the lamps of a folded map in rows of twenty."""
    return 4 + number // 20 * 8
