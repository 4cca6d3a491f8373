"""The port on the channel layer. It carries hints only: `{topic: number}`; what is true is in the database."""

from orchestrator.live.publisher import flush, publish
from orchestrator.live.subscription import hints

__all__ = ["flush", "hints", "publish"]
