"""Do settings say how a Kafka is reached, and are those refused, in words and without a secret, that cannot work?"""

import ssl
from pathlib import Path

import pytest

from processor.stream.connection import UnfitSecurity, connection

NAMED = {"SECURITY_PROTOCOL": "SASL_SSL", "USERNAME": "worker"}


@pytest.fixture
def say(monkeypatch: pytest.MonkeyPatch):
    def put(**settings: object) -> None:
        for name, value in settings.items():
            monkeypatch.setenv(f"HANDOFF_KAFKA_{name}", str(value))

    return put


def test_without_settings_everybody_may_come():
    assert connection("kafka:9092") == {"bootstrap_servers": "kafka:9092", "security_protocol": "PLAINTEXT"}


def test_a_password_comes_from_the_environment_or_from_a_file(say, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    say(**NAMED, PASSWORD="from the environment", SASL_MECHANISM="PLAIN")
    found = connection("kafka:9092")
    assert (found["sasl_mechanism"], found["sasl_plain_username"]) == ("PLAIN", "worker")
    assert found["sasl_plain_password"] == "from the environment"
    assert found["ssl_context"].verify_mode == ssl.CERT_REQUIRED
    assert found["ssl_context"].check_hostname
    monkeypatch.delenv("HANDOFF_KAFKA_PASSWORD")
    (tmp_path / "password").write_text("from a file\n")
    say(PASSWORD_FILE=tmp_path / "password")
    assert connection("kafka:9092")["sasl_plain_password"] == "from a file"


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (NAMED, "SASL_SSL needs HANDOFF_KAFKA_USERNAME and either HANDOFF_KAFKA_PASSWORD_FILE or HANDOFF_KAFKA_PASSWORD"),
        ({"SECURITY_PROTOCOL": "TLS"}, "HANDOFF_KAFKA_SECURITY_PROTOCOL: Input should be 'PLAINTEXT', 'SSL'"),
        ({"USERNAME": "worker"}, "PLAINTEXT names nobody, but there is a HANDOFF_KAFKA_USERNAME"),
        ({"CA": "ca.pem"}, "PLAINTEXT does not encrypt, but there is a HANDOFF_KAFKA_CA"),
        ({"SECURITY_PROTOCOL": "SSL", "CERTIFICATE": "us.pem"}, "HANDOFF_KAFKA_CERTIFICATE and HANDOFF_KAFKA_KEY belong together"),
        ({"SECURITY_PROTOCOL": "SSL", "CA": "/nowhere/ca.pem"}, "Of /nowhere/ca.pem one cannot be used"),
        ({**NAMED, "PASSWORD_FILE": "/nowhere/password"}, "HANDOFF_KAFKA_PASSWORD_FILE /nowhere/password cannot be read"),
    ],
)
def test_what_cannot_work_is_refused_in_words(say, settings: dict[str, str], words: str):
    say(**settings)
    with pytest.raises(UnfitSecurity) as refusal:
        connection("kafka:9092")
    assert words in str(refusal.value)


def test_no_message_has_the_password_in_it(say):
    say(PASSWORD="hunter2", PASSWORD_FILE="/x", **NAMED)
    with pytest.raises(UnfitSecurity) as refusal:
        connection("kafka:9092")
    assert "hunter2" not in str(refusal.value)
