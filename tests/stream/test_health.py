"""What whoever watches a worker is told."""

import socket
import time
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from processor.stream import health as module
from processor.stream.health import Health, serve


def asked(port: int, path: str, accept: str = "*/*") -> tuple[int, str]:
    try:
        with urlopen(Request(f"http://127.0.0.1:{port}{path}", headers={"Accept": accept}), timeout=5) as answer:
            return answer.status, answer.read().decode()
    except HTTPError as error:
        return error.code, error.read().decode()


def test_it_is_alive_before_it_is_ready_and_stays_started_through_a_rebalance() -> None:
    ready = [False]
    health = Health()
    port = serve(("127.0.0.1", 0), health, lambda _: ("text/plain", b""))
    assert [asked(port, path)[0] for path in ("/livez", "/readyz", "/startupz")] == [200, 503, 503]
    health.follow(lambda: ready[0], lambda: None)
    assert [asked(port, path)[0] for path in ("/livez", "/readyz", "/startupz")] == [200, 503, 503]
    ready[0] = True
    assert [asked(port, path)[0] for path in ("/livez", "/readyz", "/startupz")] == [200, 200, 200]
    ready[0] = False
    assert [asked(port, path)[0] for path in ("/livez", "/readyz", "/startupz")] == [200, 503, 200]


def test_a_main_loop_that_hangs_is_not_alive(monkeypatch: pytest.MonkeyPatch) -> None:
    health = Health()
    assert health.live()[0]
    monkeypatch.setattr(module, "HUNG_S", 0.0)
    assert not health.live()[0]


def test_work_that_does_not_go_on_is_not_alive_though_the_main_loop_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    owed: list[float | None] = [None]
    health = Health()
    health.follow(lambda: True, lambda: owed[0])
    assert health.live()[0], "idle"
    owed[0] = time.monotonic()
    assert health.live()[0], "at work"
    monkeypatch.setattr(module, "STUCK_S", 0.0)
    assert not health.live()[0]


def test_metrics_are_served_as_they_are_given() -> None:
    port = serve(("127.0.0.1", 0), Health(), lambda accept: ("text/plain", f"for {accept}".encode()))
    assert asked(port, "/metrics", accept="application/openmetrics-text") == (200, "for application/openmetrics-text")
    assert asked(port, "/other")[0] == 404


def test_who_connects_and_asks_nothing_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SILENT_S", 0.2)
    port = serve(("127.0.0.1", 0), Health(), lambda _: ("text/plain", b""))
    with socket.create_connection(("127.0.0.1", port), timeout=5) as silent:
        assert silent.recv(1) == b"", "the server has not closed it"
