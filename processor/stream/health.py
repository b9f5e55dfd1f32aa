"""What the outside may ask of a worker at any time, served from a thread of its own: is it alive, is it ready, what has it counted.

From the start of the process: Faust serves its own only after the restore, and whoever watches would end a worker that restores long.
"""

import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from processor.stream.clocks import now

HUNG_S = 30.0  # the main loop is never blocked for a second; restores breathe too
STUCK_S = 60.0  # a turn is a slice of a tenth of a second and a commit, which after 30 s ends the process by itself

SILENT_S = 10.0  # who connects and asks nothing is left

Metrics = Callable[[str], tuple[str, bytes]]  # what the Accept header says, to a content type and a body
Answer = tuple[int, str, bytes]  # status, content type, body


class Health:
    """Told by the main loop, asked by the server's thread."""

    def __init__(self) -> None:
        self._beat, self._was_ready = now(), False
        self._ready: Callable[[], bool] = lambda: False
        self._owed: Callable[[], float | None] = lambda: None

    def follow(self, ready: Callable[[], bool], owed: Callable[[], float | None]) -> None:
        """From now on there is somebody who knows whether the worker is ready, and since when, by time.monotonic, work has not gone on."""
        self._ready, self._owed = ready, owed

    def beat(self) -> None:
        self._beat = now()

    def live(self) -> tuple[bool, str]:
        """Hung is who does not run, and who has work and does not go on with it; idle is neither."""
        silent, owed = now() - self._beat, self._owed()
        if owed and (waited := time.monotonic() - owed) > STUCK_S:
            return False, f"what is to be decided has waited for {waited:.1f} s"
        return silent < HUNG_S, f"the main loop ran {silent:.1f} s ago"

    def ready(self) -> tuple[bool, str]:
        if self._ready():
            self._was_ready = True
            return True, "has its partitions, restored"
        return False, "waits for its partitions, or restores them"

    def started(self) -> tuple[bool, str]:
        return self.ready()[0] or self._was_ready, "has been ready once" if self._was_ready else "has not been ready yet"


def serve(address: tuple[str, int], health: Health, metrics: Metrics) -> int:
    """Serves until the process ends; answers the port."""
    questions = {"/livez": health.live, "/readyz": health.ready, "/startupz": health.started}

    def answer(path: str, accept: str) -> Answer:
        if path == "/metrics":
            return 200, *metrics(accept)
        if question := questions.get(path):
            good, words = question()
            return 200 if good else 503, "text/plain; charset=utf-8", f"{words}\n".encode()
        return 404, "text/plain; charset=utf-8", b"/livez, /readyz, /startupz, /metrics\n"

    class Asked(BaseHTTPRequestHandler):
        timeout = SILENT_S

        def do_GET(self) -> None:
            status, content_type, body = answer(self.path.partition("?")[0], self.headers.get("Accept", ""))
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Probes come every few seconds: nothing to say."""

    server = ThreadingHTTPServer(address, Asked)
    threading.Thread(target=server.serve_forever, name="health", daemon=True).start()
    return int(server.server_address[1])
