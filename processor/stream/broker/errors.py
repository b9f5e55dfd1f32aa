"""What can go wrong with the embedded broker: each error says what was found, what was expected and what to do."""

from pathlib import Path


class BrokerError(Exception):
    """The embedded broker, or a broker that was named, cannot be used."""


class PortTaken(BrokerError):
    """Somebody else listens on the port that the broker should have."""

    def __init__(self, port: int, holder: str) -> None:
        self.port, self.holder = port, holder
        super().__init__(f"Port {port} is taken by {holder}. Choose another with --port, or end that process.")


class AlreadyRunning(BrokerError):
    """A broker that a living process owns runs on this data; it answers at `address`."""

    def __init__(self, data: Path, address: str, owner: int) -> None:
        self.data, self.address, self.owner = data, address, owner
        super().__init__(
            f"The broker of {data} already runs at {address}, started by process {owner}. "
            "Use it (--broker, or no option at all), or choose other data with --data."
        )


class DownloadFailed(BrokerError):
    """A jar could be had neither from the caches of this machine nor from a Maven repository."""

    def __init__(self, coordinate: str, cause: Exception) -> None:
        self.coordinate, self.cause = coordinate, cause
        super().__init__(
            f"Kafka's jar {coordinate} could not be downloaded: {cause}\n"
            "The first start fetches 45 MB by Maven coordinates; later ones need no network. What helps: the network; "
            "HTTPS_PROXY where there is a proxy; a mirror, named `central` in the section [repositories] of ~/.config/jgo.conf; "
            "or Maven with its own settings, whose local repository is looked into first: "
            f"mvn dependency:get -Dartifact={coordinate}"
        )


class ChecksumDiffers(BrokerError):
    """A downloaded jar is not the one that was locked; nothing of it was kept."""

    def __init__(self, coordinate: str, expected: str, found: str) -> None:
        self.coordinate, self.expected, self.found = coordinate, expected, found
        super().__init__(
            f"The downloaded jar {coordinate} has SHA-256 {found}, the lock says {expected}. It was thrown away. "
            "A proxy or mirror changed it, or the download broke off: try again, then another network or mirror."
        )


class NotWritable(BrokerError):
    """The broker's data, or its jars, cannot be kept where they should."""

    def __init__(self, folder: Path, cause: OSError) -> None:
        self.folder, self.cause = folder, cause
        super().__init__(
            f"The broker cannot write to {folder}: {cause.strerror}. Choose other data with --data, another cache with XDG_CACHE_HOME."
        )


class KafkaEnded(BrokerError):
    """The JVM ended without having been asked to; `log` is the end of what it wrote."""

    def __init__(self, code: int, log: str) -> None:
        self.code, self.log = code, log
        how = f"was killed by signal {-code}" if code < 0 else f"ended with exit code {code}"
        super().__init__(f"Kafka {how}. The end of its log:\n{log}")


class NotReady(BrokerError):
    """The JVM runs, but serves no clients after the time it was given."""

    def __init__(self, seconds: float, log: str) -> None:
        self.seconds, self.log = seconds, log
        super().__init__(f"Kafka was not ready within {seconds:.0f} s. The end of its log:\n{log}")


class NoAnswer(BrokerError):
    """Nothing answers where a broker was said to be."""

    def __init__(self, address: str, cause: str) -> None:
        self.address, self.cause = address, cause
        super().__init__(f"No Kafka broker answers at {address}: {cause}. Check --broker (HANDOFF_BROKER), or start one: handoff broker")
