"""The way between a browser and the app, that a test can cut: an address of its own which forwards, or refuses.

Playwright's own offline switch does not reach a service worker that was started from the disk.
"""

import contextlib
import socket
import threading
from urllib.parse import urlsplit


class Road:
    """`url` is what the browser is given; `cut()` breaks every connection and refuses new ones until `mend()`."""

    def __init__(self, live: str) -> None:
        parts = urlsplit(live)
        self.target = (parts.hostname or "", parts.port or 0)
        self.open: set[socket.socket] = set()
        self.listener = self._listen(0)
        self.port = self.listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"

    def _listen(self, port: int) -> socket.socket:
        listener = socket.create_server(("127.0.0.1", port), reuse_port=False)
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()
        return listener

    def _accept(self, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                self._forward(listener.accept()[0])

    def _forward(self, near: socket.socket) -> None:
        try:
            far = socket.create_connection(self.target)
        except OSError:
            near.close()
            return
        self.open |= {near, far}
        for pair in ((near, far), (far, near)):
            threading.Thread(target=self._carry, args=pair, daemon=True).start()

    def _carry(self, one: socket.socket, other: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := one.recv(65536):
                other.sendall(data)
        for end in (one, other):
            self._end(end)

    def _end(self, end: socket.socket) -> None:
        self.open.discard(end)
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
        end.close()

    def cut(self) -> None:
        # Waiting in accept() holds the socket open beyond close().
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for end in list(self.open):
            self._end(end)

    def mend(self) -> None:
        self.listener = self._listen(self.port)
