"""What a plain word in YAML means: the JSON-like core of YAML 1.2, where `on`, `yes`, `12:30` and dates are texts."""

from __future__ import annotations

import re

from orchestrator.core.tree import Scalar

_WORDS: dict[str, Scalar] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_WHOLE = re.compile(r"^[-+]?(?:0|[1-9][0-9]{0,29})$")
_NUMBER = re.compile(r"^[-+]?(?:\d{1,40}\.\d{0,40}|\.\d{1,40}|\d{1,40}(?:\.\d{0,40})?[eE][-+]?\d{1,2})$")

_HALVES = re.compile(
    r"(?P<before>(?<!\\)(?:\\\\)*)\\u(?P<high>[dD][89abAB][0-9a-fA-F]{2})\\u(?P<low>[dD][c-fC-F][0-9a-fA-F]{2})"
)

_RAW = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")


def plain_word(text: str) -> Scalar:
    """Return the value of a scalar written without quotes."""
    if text in _WORDS:
        return _WORDS[text]
    if _WHOLE.match(text):
        number = int(text)
        return number if -(2**63) <= number < 2**64 else float(text)
    if _NUMBER.match(text):
        return float(text)
    return text


def as_yaml(json_text: str) -> str:
    """Return JSON as YAML that means the same: no tabs, no escaped halves of characters, no raw control characters."""
    # Tabs stand only between things in JSON. The others stand only inside texts, where their escape means the same.
    joined = _HALVES.sub(
        lambda found: found["before"] + _join(found["high"], found["low"]), json_text.replace("\t", " ")
    )
    return _RAW.sub(lambda found: f"\\u{ord(found[0]):04x}", joined)


def _join(high: str, low: str) -> str:
    return chr(0x10000 + ((int(high, 16) - 0xD800) << 10) + int(low, 16) - 0xDC00)
