"""The slips a person makes in a workflow file: for every key and every value, words that cannot stand there."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from tests.core.mutations import Mutation, Spot, misspelt, replace, spots

NAMED_BY_AUTHOR = r"input\.properties\.\w+|labels\.\w+|.*\.branches\.\w+|.*gate\.show\.\w+"
"""Keys that may be called anything: a slip shows where they are referred to."""

REQUIRED = (
    r"workflow|steps|.*\]\.id|.*\]\.(agent|map|gate)|.*\.do\.parallel|.*\.(style|one)\.agent|.*\.safety\.sequence|.*\.sequence\.steps"
    r"|.*\.map\.(over|do|agent)|.*\.parallel\.branches|.*\.gate\.title|.*\.deadline\.(after|to)|.*\.with\.\w+|.*\]\.with"
)

SLIPS: dict[str, Callable[[Spot], list[str]]] = {
    r"input.*\.(title|description)": lambda spot: ["7", "[x]"],
    r".*\.format": lambda spot: ["pth", '""', "7"],
    r".*\.additionalProperties": lambda spot: ["perhaps", "7"],
    r"workflow": lambda spot: ["Repo Review", '""', "7"],
    r"role|labels\.\w+|.*\.title|.*approvers\.group|.*deadline\.to": lambda spot: ['""', "7", "null"],
    r".*\.agent|.*\.fallback\[\d+\]": lambda spot: [misspelt(spot.text), '""', "7"],
    r".*\.id": lambda spot: ["Not-An-Id", "7", '""', "2nd"],
    r".*\.map\.as": lambda spot: ["input", "steps", "a-b"],
    r".*\.(timeout|backoff|max_backoff|after)": lambda spot: ["soon", "-5", "0s", "true", "10y", "1e9"],
    r".*\.on\[\d+\]|.*\.merge|.*approvers\.role|.*\.then|.*\.on_reject": lambda spot: ["nonsense", "7", "viewer"],
    r".*\.(attempts|concurrency|quorum)": lambda spot: ["0", "-1", "1.5", "many", "true"],
    r".*\.tolerate": lambda spot: ["-1", "1.5", "many"],
    r"budget\.\w+": lambda spot: ["0", "-1", "much", "true"],
    r".*\.(not_starter|optional)": lambda spot: ["perhaps", "1", "'true'"],
    r".*\.when": lambda spot: [
        *_names(spot),
        "'a text'",
        "input.path",
        "1 +",
        "steps.nowhere.output",
        "input.path = 'x'",
    ],
    r".*\.over": lambda spot: [*_names(spot), "input.path", "steps.survey.output", "'[1]'", "input.path + 'x'"],
    r".*\.with\.\w+|.*\.show\.\w+|.*output": lambda spot: [
        *_names(spot),
        "nowhere",
        "steps.publish.outptu",
        "two words",
    ],
    r".*\.needs\[\d+\]": lambda spot: ["nowhere", "publish", "7"],
    r".*\.edit\[\d+\]": lambda spot: ["nowhere", "7"],
    r"(input|.*edit_schema).*\.type": lambda spot: ["strng", "7"],
    r"input\.required\[\d+\]": lambda spot: ["nowhere", "7"],
    r"(input|.*edit_schema).*\.minLength": lambda spot: ["-1", "long"],
}
"""For every value that means something: words that cannot stand there."""


def _names(spot: Spot) -> list[str]:
    """Misspell each name of a path or expression in turn."""
    found = list(re.finditer(r"[a-z_]+", spot.text))
    return [spot.text[: one.start()] + misspelt(one[0]) + spot.text[one.end() :] for one in found]


def slips(text: str) -> Iterator[Mutation]:
    """Make every single slip there is a rule for."""
    for spot in spots(text):
        if spot.role == "key" and not re.fullmatch(NAMED_BY_AUTHOR, spot.path):
            yield replace(text, spot, misspelt(spot.text), "misspelt key")
        if spot.role == "scalar":
            yield replace(text, spot, "{zq: [1]}", "an object for a word")
            rule = next(rule for pattern, rule in SLIPS.items() if re.fullmatch(pattern, spot.path))
            for new in rule(spot):
                yield replace(text, spot, new, f"'{new}' for '{spot.text}'")
        if spot.role in ("mapping", "list") and text[spot.begin] in "[{":
            yield replace(text, spot, "7", "a number for an object or list", {spot.name_line})
