"""Do docker-compose.yml and what it refers to fit each other, and the program? Whether it runs, only an engine could tell."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from processor.cli import app
from processor.settings import Settings
from processor.stream.broker.jars import KAFKA

ROOT = Path(__file__).parents[2]
COMPOSE = yaml.safe_load(re.sub(r"\$\{\w+:-(.*?)\}", r"\1", (ROOT / "docker-compose.yml").read_text()))
"""As it is where the environment says nothing: `${NAME:-default}` is the default."""
DOCKERFILE = (ROOT / "deploy/Dockerfile").read_text()
PROMETHEUS = yaml.safe_load((ROOT / "deploy/prometheus/prometheus.yml").read_text())

SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if "build" in service}
WORKERS = {name: service for name, service in OURS.items() if service["command"] == ["worker"]}


def test_every_image_has_its_version():
    images = [service["image"] for service in SERVICES.values()] + re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)
    assert [image for image in images if not re.fullmatch(r"[a-z/]+:v?\d+\.\d+\.\d+(-[a-z-]+)?", image)] == []


def test_kafka_is_the_one_that_the_tests_run_against():
    assert SERVICES["kafka"]["image"] == f"apache/kafka:{KAFKA.rpartition(':')[2]}"


def test_every_setting_of_ours_exists_and_is_valid(monkeypatch: pytest.MonkeyPatch):
    names = {f"HANDOFF_{name.upper()}" for name in Settings.model_fields}
    assert set(re.findall(r"HANDOFF_\w+", DOCKERFILE)) <= names
    for service in OURS.values():
        assert service["environment"].keys() <= names
        with monkeypatch.context() as environment:
            for name, value in service["environment"].items():
                environment.setenv(name, value)
            Settings()


@pytest.mark.parametrize("service", OURS.values(), ids=OURS)
def test_every_command_is_one_of_the_program(service: dict[str, Any]):
    assert CliRunner().invoke(app, [*service["command"], "--help"]).exit_code == 0


def test_two_workers_differ_in_name_and_data_alone():
    assert len(WORKERS) == 2
    names = [service["environment"]["HANDOFF_INSTANCE"] for service in WORKERS.values()]
    assert len(set(names)) == 2
    alike = [_without(service, name) for name, service in WORKERS.items()]
    assert alike[0] == alike[1]


def _without(service: dict[str, Any], name: str) -> str:
    return str(service).replace(name, "worker")


def test_ours_find_kafka_where_it_says_it_is_and_start_after_it():
    listeners = dict(listener.split("://") for listener in SERVICES["kafka"]["environment"]["KAFKA_ADVERTISED_LISTENERS"].split(","))
    for service in OURS.values():
        assert service["environment"]["HANDOFF_BROKER"] == listeners["INSIDE"]
        assert service["depends_on"]["kafka"] == {"condition": "service_healthy"}
    for worker in WORKERS.values():
        assert worker["depends_on"]["topics"] == {"condition": "service_completed_successfully"}
    assert SERVICES["kafka"]["ports"] == [f"{listeners['HOST']}:9092"]


def test_workers_share_topics_of_one_partition_count():
    assert len({service["environment"]["HANDOFF_PARTITIONS"] for service in OURS.values()}) == 1


def test_prometheus_and_the_health_check_ask_where_the_workers_answer():
    scraped = next(job for job in PROMETHEUS["scrape_configs"] if job["job_name"] == "handoff")["static_configs"][0]["targets"]
    assert scraped == [f"{name}:{service['environment']['HANDOFF_METRICS_PORT']}" for name, service in WORKERS.items()]
    for service in WORKERS.values():
        assert f"127.0.0.1:{service['environment']['HANDOFF_METRICS_PORT']}/readyz" in service["healthcheck"]["test"][-1]
        assert service["environment"]["HANDOFF_HOST"] == "0.0.0.0"


def test_only_this_machine_reaches_what_is_published():
    assert [port for service in SERVICES.values() for port in service.get("ports", []) if not port.startswith("127.0.0.1:")] == []


def test_what_is_mounted_is_there_and_data_outlives_the_containers():
    mounted = [volume for service in SERVICES.values() for volume in service.get("volumes", [])]
    sources = [volume.split(":")[0] for volume in mounted]
    assert [source for source in sources if source not in COMPOSE["volumes"] and not (ROOT / source).exists()] == []
    assert {service["environment"]["HANDOFF_DATA"] for service in WORKERS.values()} == {"/data"}
    assert "VOLUME /data" in DOCKERFILE


def test_what_the_image_copies_is_let_through():
    let_through = (ROOT / "deploy/Dockerfile.dockerignore").read_text()
    copied = [source for line in re.findall(r"^COPY (.+) \S+$", DOCKERFILE, re.MULTILINE) for source in line.split()]
    assert [source for source in copied if f"\n!{source}\n" not in let_through or not (ROOT / source).exists()] == []
