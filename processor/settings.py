"""What an operator may set, as HANDOFF_* in the environment: read once, validated, frozen. Rules about leads are the policy's."""

import sys
from pathlib import Path
from typing import Annotated, Literal, Self, get_args, get_origin

from pydantic import Field, SecretStr, StringConstraints, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

Word = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,200}$")]  # what Kafka allows in names, and room for a suffix


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="HANDOFF_", frozen=True)

    broker: str | None = Field(default=None, min_length=3, description="host:port of Kafka, several by commas; none: the embedded broker")
    app: Word = Field(default="handoff", description="consumer group, and the prefix of the changelog and of transactional ids")
    deployment: Word | None = Field(default=None, description="name in the events' source, `/handoff/NAME`; none: the app's")
    partitions: int = Field(default=12, ge=1, le=10_000, description="of every topic; never changed once there is data")
    instance: Word | None = Field(
        default=None,
        description="a name that survives restarts (static membership) and that no other worker has; none: every start is a new member",
    )
    session_timeout_s: float = Field(default=10.0, ge=6.0, le=30.0, description="after so long without a sign of life others take over")
    time: Literal["broker", "records"] = Field(
        default="broker", description="what moves time: the broker's stamps, or the records' own (a demo, a history)"
    )
    guard_ms: int = Field(default=2000, ge=0, description="by how much this machine's clock may be ahead of the brokers'")
    skew_ms: float = Field(default=0.0, ge=0.0, description="by how much the brokers' clocks may differ from each other; 0 with one broker")
    batch_limit: int = Field(default=2000, ge=1, le=20_000, description="signals, or changed leads, in one transaction")
    gather_ms: float = Field(default=5.0, ge=0.0, description="live: the shortest time from one transaction of a partition to its next")
    host: str = Field(default="127.0.0.1", description="address that health and metrics are served on")
    metrics_port: int = Field(default=9464, ge=0, le=65_535, description="port of health and metrics; 0: any free one")
    data: Path = Field(
        default=Path(".handoff"), description="folder of the embedded Kafka; a worker keeps nothing there that it needs to go on"
    )
    policy: Path | None = Field(default=None, description="folder of the policy's versions")

    @property
    def source(self) -> str:
        return f"/handoff/{self.deployment or self.app}"

    @property
    def changelog(self) -> str:
        return f"{self.app}-leads-changelog"


class Security(BaseSettings):
    """How a Kafka is reached that is not open to everybody, as HANDOFF_KAFKA_*; the same for every command. Files are read at the start."""

    model_config = SettingsConfigDict(env_prefix="HANDOFF_KAFKA_", frozen=True)

    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = Field(
        default="PLAINTEXT", description="Kafka's word for the listener: SSL encrypts, SASL asks who we are"
    )
    ca: Path | None = Field(default=None, description="PEM file of the authorities that may vouch for a broker; none: the system's")
    certificate: Path | None = Field(default=None, description="PEM file with our own certificate, where the broker asks for one")
    key: Path | None = Field(default=None, description="PEM file with that certificate's key")
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = Field(default="SCRAM-SHA-512", description="how we say who we are")
    username: str | None = Field(default=None, min_length=1, description="our name, where SASL asks for it")
    password: SecretStr | None = Field(default=None, description="and its password; better from a file")
    password_file: Path | None = Field(default=None, description="file that holds the password, as secrets are mounted")

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.names_us and (self.username is None or (self.password is None) == (self.password_file is None)):
            either = "either HANDOFF_KAFKA_PASSWORD_FILE or HANDOFF_KAFKA_PASSWORD"
            raise ValueError(f"{self.security_protocol} needs HANDOFF_KAFKA_USERNAME and {either}")
        if not self.names_us and self.username is not None:
            raise ValueError(f"{self.security_protocol} names nobody, but there is a HANDOFF_KAFKA_USERNAME; expected SASL_SSL")
        if not self.encrypts and (self.ca or self.certificate):
            files = "HANDOFF_KAFKA_CA or _CERTIFICATE"
            raise ValueError(f"{self.security_protocol} does not encrypt, but there is a {files}; expected SASL_SSL or SSL")
        if (self.certificate is None) != (self.key is None):
            raise ValueError("HANDOFF_KAFKA_CERTIFICATE and HANDOFF_KAFKA_KEY belong together; give both or none")
        return self

    @property
    def encrypts(self) -> bool:
        return self.security_protocol.endswith("SSL")

    @property
    def names_us(self) -> bool:
        return self.security_protocol.startswith("SASL")


def table() -> str:
    """Every setting as the README shows it, in Markdown."""
    rows = [
        f"| `{kind.model_config['env_prefix']}{name.upper()}` | {_shown(field.default)} | {field.description}{_choice(field.annotation)} |"
        for kind in (Settings, Security)
        for name, field in kind.model_fields.items()
    ]
    return "\n".join(["| variable | default | meaning |", "|---|---|---|", *rows, ""])


def _shown(default: object) -> str:
    return "" if default is None else f"`{default:g}`" if isinstance(default, float) else f"`{default}`"


def _choice(annotation: object) -> str:
    return f"; {' or '.join(f'`{word}`' for word in get_args(annotation))}" if get_origin(annotation) is Literal else ""


if __name__ == "__main__":
    sys.stdout.write(table())
