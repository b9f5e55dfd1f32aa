"""What a scrape says, as numbers by series; both formats are read by the client's own parsers."""

from pathlib import Path

from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_openmetrics
from prometheus_client.parser import text_string_to_metric_families as read_classic
from prometheus_client.samples import Sample

from processor.domain.policy import Policies
from processor.metrics import Metrics
from processor.policy_file import load_policy

OPENMETRICS = "application/openmetrics-text"
POLICIES = Policies((load_policy(Path(__file__).parents[1] / "policy" / "policy.yaml"),))


def samples(metrics: Metrics, accept: str = OPENMETRICS) -> list[Sample]:
    content_type, body = metrics.render(accept)
    read = read_openmetrics if content_type.startswith(OPENMETRICS) else read_classic
    return [sample for family in read(body.decode()) for sample in family.samples]


def value(metrics: Metrics, name: str, **labels: str) -> float:
    (found,) = [sample.value for sample in samples(metrics) if sample.name == name and sample.labels == labels]
    return float(found)


def counted(metrics: Metrics, name: str) -> dict[tuple[str, ...], float]:
    """What is not 0, by label values in the alphabetical order of their names."""
    return {tuple(sample.labels.values()): sample.value for sample in samples(metrics) if sample.name == name and sample.value}
