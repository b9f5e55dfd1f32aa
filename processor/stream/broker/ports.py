"""TCP ports of this machine: free ones, taken ones and by whom, and waiting until one answers."""

import socket
import time
from contextlib import ExitStack

import psutil

LOOPBACK = "127.0.0.1"


def free_port() -> int:
    return free_ports(1)[0]


def free_ports(count: int) -> list[int]:
    """Different ones."""
    with ExitStack() as held:
        probes = [held.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind((LOOPBACK, 0))
        return [probe.getsockname()[1] for probe in probes]


def is_free(port: int) -> bool:
    """Whether a server could listen there; not whether somebody answers: a port can be held without."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as Java's servers do
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
        return True


def is_open(host: str, port: int, timeout_s: float = 0.2) -> bool:
    """Whether somebody answers there."""
    try:
        socket.create_connection((host, port), timeout_s).close()
    except OSError:
        return False
    return True


def await_open(host: str, port: int, limit_s: float) -> bool:
    """Whether somebody answers there within the limit.

    A Kafka client is started only after this: kafka-python backs off for seconds when it is refused once.
    """
    end = time.monotonic() + limit_s
    while not is_open(host, port):
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


def holder(port: int) -> str:
    """Who listens there, for a message; other users' processes show only to root."""
    try:
        for connection in psutil.net_connections("tcp"):
            if connection.status == psutil.CONN_LISTEN and connection.laddr[1:] == (port,) and connection.pid:
                return f"process {connection.pid} ({psutil.Process(connection.pid).name()})"
    except psutil.Error:  # not allowed to look, or gone meanwhile
        pass
    return "another process"
