"""A server on this machine, in the foreground for a command or in a thread for a notebook."""

from __future__ import annotations

import socket
import threading

import uvicorn

from sim.app.guard import Guard
from sim.app.server import PageServer

HOST = "127.0.0.1"
SECONDS_TO_END = 2


class _Server(uvicorn.Server):
    """A server that stops the jobs of its pages before it waits for their answers."""

    def __init__(self, config: uvicorn.Config, pages: PageServer) -> None:
        super().__init__(config)
        self._pages = pages

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End, without finishing what pages wait for."""
        self._pages.jobs.stop()
        await super().shutdown(sockets)


class Serving:
    """A page that is served at an address of this machine.

    Parameters
    ----------
    pages : PageServer
    port : int
        0 for any that is free.
    in_frames : bool
        Whether pages of notebooks may show it in a frame.

    Attributes
    ----------
    pages : PageServer
    host : str
    port : int
    address : str
        With the token that is exchanged for a cookie.

    Raises
    ------
    OSError
        The port is taken.
    """

    def __init__(self, pages: PageServer, port: int = 0, in_frames: bool = False) -> None:
        self._socket = socket.create_server((HOST, port), backlog=128)
        self.host, self.port = self._socket.getsockname()[:2]
        self._guard = guard = Guard(pages.app, self.port, in_frames)
        self.address = self._address(guard.token)
        self.pages = pages
        config = uvicorn.Config(
            guard,
            log_level="warning",
            access_log=False,
            lifespan="off",
            ws="none",
            timeout_graceful_shutdown=SECONDS_TO_END,
            server_header=False,
            proxy_headers=False,
        )
        self._server = _Server(config, pages)
        self._thread: threading.Thread | None = None

    def address_for_once(self) -> str:
        """An address that opens the page once, for a browser that is started with it."""
        return self._address(self._guard.token_for_once())

    def _address(self, token: str) -> str:
        return f"http://{HOST}:{self.port}/?token={token}"

    def run(self) -> None:
        """Serve until Ctrl-C, or until `close`."""
        try:
            self._server.run(sockets=[self._socket])
        finally:
            self.pages.jobs.close()

    def start(self) -> None:
        """Serve in a thread, until `close`."""
        self._thread = threading.Thread(target=self.run, name="willing-app", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop serving, and wait for the thread."""
        self._server.should_exit = True
        if self._thread is not None:
            self._thread.join(timeout=10)
        self._socket.close()
