"""Kafka's jars: found on this machine or fetched by Maven coordinates, and checked against the lock; what runs them is kafka.py.

For an upgrade, `python -m processor.stream.broker.jars` resolves KAFKA and LOGGING anew and prints the lock: redirect it to jars.lock.
"""

import hashlib
import os
import shutil
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from processor.stream.broker.errors import ChecksumDiffers, DownloadFailed
from processor.stream.broker.folder import held

if TYPE_CHECKING:
    from jgo.maven import MavenContext

KAFKA = "org.apache.kafka:kafka_2.13:4.3.1"
# Kafka's release archive adds this one; its jar does not depend on it. Without it the broker logs nothing.
# Its version is that of the log4j-core which KAFKA brings.
LOGGING = "org.apache.logging.log4j:log4j-slf4j-impl:2.25.4"

PARALLEL_DOWNLOADS = 8
DOWNLOAD_TIMEOUT_S = 30


@dataclass(frozen=True, slots=True)
class Jar:
    """One locked jar; `coordinate` is group:artifact:version."""

    coordinate: str
    sha256: str

    def path(self, repository: Path) -> Path:
        """Where the jar lies in a repository of Maven's layout."""
        group, artifact, version = self.coordinate.split(":")
        return repository.joinpath(*group.split("."), artifact, version, f"{artifact}-{version}.jar")


def classpath(cache: Path) -> str:
    """The class path of the broker, every jar in `cache` and true to the lock; fetches what is missing.

    Raises DownloadFailed, ChecksumDiffers, NotWritable.
    """
    jars = locked()
    repository = cache / "jars"
    with held(cache):
        missing = [jar for jar in jars if not is_true(jar, jar.path(repository))]
        if missing:
            fetch(missing, repository)
    return os.pathsep.join(str(jar.path(repository)) for jar in jars)


def cache_folder() -> Path:
    """Where all runs and all data folders of this user share the jars."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "handoff"


def locked() -> list[Jar]:
    """The jars of jars.lock, whose lines are `<sha256>  <group>:<artifact>:<version>`."""
    lines = resources.files(__package__).joinpath("jars.lock").read_text().splitlines()
    return [Jar(coordinate, sha256) for sha256, coordinate in map(str.split, lines)]


def is_true(jar: Jar, path: Path) -> bool:
    """Whether the file is there and is the locked one."""
    return path.exists() and sha256(path) == jar.sha256


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def fetch(jars: list[Jar], repository: Path) -> None:
    """Puts the jars into the repository, each whole and true or not at all."""
    from jgo.config import GlobalSettings  # noqa: PLC0415 - as slow as all the rest of a later start, which needs none of it
    from jgo.constants import MAVEN_CENTRAL_URL, default_maven_repo  # noqa: PLC0415 - same
    from jgo.maven import MavenContext  # noqa: PLC0415 - same

    repositories = {"central": MAVEN_CENTRAL_URL, **GlobalSettings.load().repositories}
    # In a folder of its own first: jgo writes to the final name, and a download that broke off would look like a jar.
    with tempfile.TemporaryDirectory(dir=repository.parent) as fresh:
        context = MavenContext(repo_cache=Path(fresh), remote_repos=repositories, timeout=DOWNLOAD_TIMEOUT_S)

        def fetch_one(jar: Jar) -> None:
            found = jar.path(default_maven_repo())
            if not is_true(jar, found):
                found = download(jar, context)
            path = jar.path(repository)
            path.parent.mkdir(parents=True, exist_ok=True)
            whole = Path(fresh) / f"{path.name}.whole"
            shutil.copyfile(found, whole)
            whole.replace(path)

        with ThreadPoolExecutor(PARALLEL_DOWNLOADS) as pool:
            list(pool.map(fetch_one, jars))


def download(jar: Jar, context: "MavenContext") -> Path:
    """The jar in the context's folder, as the first of its repositories that has it sent it."""
    group, artifact, version = jar.coordinate.split(":")
    try:
        found = context.project(group, artifact).at_version(version).artifact().resolve()
    except (OSError, RuntimeError) as error:  # requests' errors are OSErrors, jgo's are RuntimeErrors
        raise DownloadFailed(jar.coordinate, error) from error
    if (sum_found := sha256(found)) != jar.sha256:
        raise ChecksumDiffers(jar.coordinate, jar.sha256, sum_found)
    return found


def resolve() -> list[Jar]:
    """What KAFKA and LOGGING resolve to today.

    Apart from each other: resolved as one, log4j's managed versions replace kafka-clients by 3.9.1, and the broker fails.
    """
    import jgo  # noqa: PLC0415 - same as in fetch

    artifacts = [*jgo.resolve(KAFKA), jgo.resolve(LOGGING)[0]]
    return sorted(
        (Jar(f"{found.groupId}:{found.artifactId}:{found.version}", sha256(found.resolve())) for found in artifacts),
        key=lambda jar: jar.coordinate,
    )


if __name__ == "__main__":
    for jar in resolve():
        print(f"{jar.sha256}  {jar.coordinate}")  # noqa: T201 - a program of its own
