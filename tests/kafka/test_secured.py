"""Do all commands reach a Kafka that is encrypted and asks who they are? What they say of wrong settings is tests/stream's."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from kafka import KafkaAdminClient
from kafka.admin import ScramMechanism, UserScramCredentialUpsertion
from typer.testing import Result

from processor.stream.broker import EmbeddedKafka, ports
from schemas.events import MQL
from tests.kafka.conftest import quick_java
from tests.kafka.telling import demo_request
from tests.kafka.workers import SECONDS_POLICY, commands, until, workers_of

PASSWORD = "a secret"
SECURED = """
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL_SSL:SASL_SSL
sasl.enabled.mechanisms=SCRAM-SHA-512
listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
ssl.keystore.type=PEM
ssl.keystore.location={keystore}
"""


class SecuredKafka(EmbeddedKafka):
    """Has a second listener, at `secured`, with a certificate that `ca` vouches for, and the user `worker`."""

    def __init__(self, data: Path) -> None:
        super().__init__(data, 0)
        self.ca = data / "ca.pem"
        self.secured = f"127.0.0.1:{ports.free_port()}"

    def _spawn(self, java: list[str]) -> "subprocess.Popen[bytes]":
        key, keystore = self.data / "key.pem", self.data / "keystore.pem"
        subject = ("-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1")
        made = ("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", *subject, "-keyout", key, "-out", self.ca)
        subprocess.run(made, check=True, capture_output=True)
        keystore.write_text(key.read_text() + self.ca.read_text())
        properties = self._home / "server.properties"
        listeners = re.sub("(?m)^((advertised.)?listeners=.*)$", rf"\1,SASL_SSL://{self.secured}", properties.read_text())
        properties.write_text(listeners + SECURED.format(keystore=keystore))
        return super()._spawn(java)


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecuredKafka]:
    if not shutil.which("openssl"):
        pytest.skip("openssl, which makes the certificate, is not here")
    kafka = SecuredKafka(tmp_path_factory.mktemp("secured"))
    with pytest.MonkeyPatch.context() as environment:
        quick_java(environment)
        kafka.start()
    with KafkaAdminClient(bootstrap_servers=kafka.address) as admin:
        admin.alter_user_scram_credentials([UserScramCredentialUpsertion("worker", ScramMechanism.SCRAM_SHA_512, PASSWORD, 4096)])
    yield kafka
    kafka.stop()


@pytest.fixture
def known(secured: SecuredKafka, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SecuredKafka:
    """The settings by which it is reached are set."""
    (tmp_path / "password").write_text(f"{PASSWORD}\n")
    said = {"SECURITY_PROTOCOL": "SASL_SSL", "CA": secured.ca, "USERNAME": "worker", "PASSWORD_FILE": tmp_path / "password"}
    for name, value in said.items():
        monkeypatch.setenv(f"HANDOFF_KAFKA_{name}", str(value))
    return secured


def test_topics_publish_worker_tail_and_doctor_all_reach_it(known: SecuredKafka, tmp_path: Path):
    handoff = commands(known, tmp_path / "client")

    def done(*words: object) -> Result:
        result = handoff(*words, "--broker", known.secured)
        assert result.exit_code == 0, result.output
        return result

    with workers_of(known, tmp_path) as workers:
        done("topics", "create", "--partitions", 4, "--app", workers.app)
        file = tmp_path / "requests.jsonl"
        file.write_bytes(demo_request("lead-1") + b"\n")
        done("publish", file)
        workers.start(SECONDS_POLICY, time="broker", broker=known.secured).await_ready()
        until(lambda: "handoff.created" in done("tail", MQL, "--from-beginning", "--until-end").stdout, "the handoff")
        assert "was refused (ProducerFenced)" in done("doctor", "--partitions", 4, "--app", workers.app).stdout
