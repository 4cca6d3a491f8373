"""An agent that says in its log which vendor it looks at, and one that fails over what it was given."""

from __future__ import annotations

import logging

from orchestrator import agents

log = logging.getLogger("vendors")


@agents.agent(role="Looks at a vendor and logs it.")
def looks(vendor: str) -> dict[str, str]:
    """Log a line, then hand on what it was given."""
    log.info("looking at a vendor of %d characters", len(vendor))
    return {"vendor": vendor, "note": "HUSH-in-the-output"}


@agents.agent(role="Fails over its input.")
def chokes(vendor: str) -> dict[str, str]:
    """Raise with the input in its words."""
    raise ValueError(f"cannot read {vendor}")
