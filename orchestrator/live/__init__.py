"""The port that carries hints: `{topic: number}`, by publish and subscribe on Redis; what is true is in the database.
Beside them it keeps for a while what attempts at work have said so far."""

from orchestrator.live.presence import stay
from orchestrator.live.publisher import WORK, flush, publish
from orchestrator.live.streams import Piece, Speaker, Streams, pieces, streams
from orchestrator.live.subscription import hints

__all__ = ["WORK", "Piece", "Speaker", "Streams", "flush", "hints", "pieces", "publish", "stay", "streams"]
