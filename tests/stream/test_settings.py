"""Settings are refused where they cannot work."""

import pytest
from pydantic import ValidationError

from processor.settings import Settings


def test_they_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HANDOFF_BROKER", "kafka:9092")
    monkeypatch.setenv("HANDOFF_PARTITIONS", "6")
    settings = Settings()
    assert (settings.broker, settings.partitions) == ("kafka:9092", 6)


def test_an_empty_instance_is_refused_since_two_workers_with_it_expel_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HANDOFF_INSTANCE", "")
    with pytest.raises(ValidationError, match="instance"):
        Settings()


def test_they_do_not_change() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Settings().partitions = 3


def test_the_source_of_events_names_the_deployment_or_else_the_app() -> None:
    assert Settings(app="handoff-eu").source == "/handoff/handoff-eu"
    assert Settings(app="handoff-eu", deployment="europe").source == "/handoff/europe"
