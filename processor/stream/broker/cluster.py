"""Several embedded nodes as one Kafka, to see what a copy is worth: each is ended and started by number; a node is kafka.py's matter."""

from pathlib import Path
from types import TracebackType
from typing import Self

from processor.stream.broker import ports
from processor.stream.broker.kafka import EmbeddedKafka, Seat, new_cluster_id

HEAP_MB = 320  # a node; three beside each other are for trying out
PATIENCE_S = 8.0  # the last node cannot leave in order: there is no majority to take leave of


class EmbeddedCluster:
    """So many nodes, numbered from 1, each with its data in `<data>/node-<number>`; every node is broker and controller.

    Most of them must run for anything to be written: of three, two. Start it from a thread that outlives it, like a node.
    """

    def __init__(self, data: Path, nodes: int = 3) -> None:
        taken = ports.free_ports(2 * nodes)  # fixed until the end: the others find a node again where it was
        controllers, cluster = tuple(taken[:nodes]), new_cluster_id()
        self.nodes = {
            number: EmbeddedKafka(data / f"node-{number}", taken[nodes + number - 1], Seat(number, controllers, HEAP_MB, cluster))
            for number in range(1, nodes + 1)
        }

    def start(self) -> Self:
        """All nodes serve clients. Raises a BrokerError, and then nothing was left running."""
        try:
            for node in self.nodes.values():
                node.launch()
            for node in self.nodes.values():
                node.await_ready()
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """All nodes have ended; what was acknowledged is on the disk of most. Stop the workers first."""
        for node in self.nodes.values():
            node.stop(PATIENCE_S)

    @property
    def address(self) -> str:
        """Of every node, also of one that does not run."""
        return ",".join(node.address for node in self.nodes.values())

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()
