"""Requests of an asynchronous client that go to the very address that was checked: a name is looked up once for each,
so it can't mean another machine by the time it is called."""

from __future__ import annotations

import asyncio
import ssl
from urllib.parse import urlsplit

import httpx2

from orchestrator.runtimes.http_hosts import Hosts

WAIT_SECONDS, READ_SECONDS = 30.0, 300.0
"""To connect, to send, to get a connection; and to read, as a server may hold a stream open."""


def client(hosts: Hosts, headers: dict[str, str]) -> httpx2.AsyncClient:
    """Return a client that calls only hosts that may be called, and no proxy of the environment."""
    wait = httpx2.Timeout(WAIT_SECONDS, read=READ_SECONDS)
    return httpx2.AsyncClient(headers=headers, timeout=wait, transport=_Pinned(hosts), trust_env=False)


class _Pinned(httpx2.AsyncBaseTransport):
    def __init__(self, hosts: Hosts) -> None:
        self._hosts = hosts
        self._inner = httpx2.AsyncHTTPTransport(verify=ssl.create_default_context(), trust_env=False)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send a request to the first address of its host that listens; raises Forbidden, or OSError where none is."""
        url = urlsplit(str(request.url))
        host, port = url.hostname or "", url.port or (443 if url.scheme == "https" else 80)
        found = await asyncio.to_thread(self._hosts.addresses, host, port)
        for _, address in found[:-1]:
            try:
                return await self._send(request, host, str(address[0]))
            except httpx2.ConnectError:
                continue
        return await self._send(request, host, str(found[-1][1][0]))

    async def _send(self, request: httpx2.Request, host: str, address: str) -> httpx2.Response:
        # The header Host is there already, and the certificate has to be that of the name.
        return await self._inner.handle_async_request(httpx2.Request(
            request.method, request.url.copy_with(host=address), headers=request.headers, stream=request.stream,
            extensions={**request.extensions, "sni_hostname": host},
        ))  # fmt: skip

    async def aclose(self) -> None:
        """Let go of all connections."""
        await self._inner.aclose()
