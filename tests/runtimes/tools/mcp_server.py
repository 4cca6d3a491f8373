"""A server that speaks MCP, for tests: `python -m tests.runtimes.tools.mcp_server PORT FILE` notes acts in a file."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.exceptions import ToolError

server = MCPServer("shelf", log_level="ERROR")


def _note(line: str) -> None:
    with Path(sys.argv[2]).open("a") as file:
        file.write(f"{line}\n")


@server.tool()
def put(name: str, count: int = 1, ctx: Context | None = None) -> dict[str, int]:
    """Put something on the shelf."""
    meta = ctx.request_context.meta if ctx is not None else None
    key = dict(meta or {}).get("idempotencyKey", "")
    _note(f"{count} {name} {key}")
    return {"there": count}


@server.tool()
def read(name: str) -> str:
    return f"{name} is there"


@server.tool()
def refuses(name: str) -> str:
    raise ToolError(f"no room for {name}")


@server.tool()
def dies(name: str) -> str:
    _note(f"half {name}")
    os._exit(9)


@server.tool()
def whose(ctx: Context) -> str:
    """Say which token came along."""
    return str((ctx.headers or {}).get("authorization"))


if __name__ == "__main__":
    server.run("streamable-http", port=int(sys.argv[1]), json_response=True)
