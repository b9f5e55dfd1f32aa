"""How every client of ours reaches a Kafka: where it is, whether it is encrypted, who we are; what is said there is the clients' matter."""

import ssl
from typing import Any

from pydantic import ValidationError

from processor.settings import Security


class UnfitSecurity(Exception):
    """The settings HANDOFF_KAFKA_* contradict each other, or name what cannot be read; the message has no secret in it."""


def connection(addresses: str | None) -> dict[str, Any]:
    """Options of kafka-python's clients and of aiokafka's, which share these words. Raises UnfitSecurity."""
    security = _security()
    options: dict[str, Any] = {"bootstrap_servers": addresses, "security_protocol": security.security_protocol}
    if security.encrypts:
        options["ssl_context"] = _context(security)
    if security.names_us:
        options |= {
            "sasl_mechanism": security.sasl_mechanism,
            "sasl_plain_username": security.username,
            "sasl_plain_password": _password(security),
        }
    return options


def _security() -> Security:
    try:
        return Security()
    except ValidationError as error:
        # Not what was found: it may be the password.
        raise UnfitSecurity("\n".join(_words(found["loc"], found["msg"]) for found in error.errors())) from None


def _words(place: tuple[int | str, ...], message: str) -> str:
    return f"HANDOFF_KAFKA_{str(place[0]).upper()}: {message}" if place else message.removeprefix("Value error, ")


def _context(security: Security) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=security.ca)
        if security.certificate:
            context.load_cert_chain(security.certificate, security.key)
    except OSError as error:  # an SSLError is one
        files = ", ".join(str(file) for file in (security.ca, security.certificate, security.key) if file)
        raise UnfitSecurity(f"Of {files} one cannot be used: {error}; expected PEM files that can be read") from error
    return context


def _password(security: Security) -> str:
    if security.password is not None:
        return security.password.get_secret_value()
    assert security.password_file
    try:
        return security.password_file.read_text(encoding="utf-8").rstrip("\n")
    except OSError as error:
        raise UnfitSecurity(f"HANDOFF_KAFKA_PASSWORD_FILE {security.password_file} cannot be read: {error.strerror}") from error
