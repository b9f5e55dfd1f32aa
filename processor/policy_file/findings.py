"""What is wrong with a policy file and where, in words that say what to do; how it was found stays outside."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One mistake, or one doubt (a warning refuses nothing). Lines and columns count from 1; 0 where the file itself is missing."""

    file: str
    line: int
    column: int
    field: str  # as in `clocks.first_attempt.steps[2].at`; empty where the file is not YAML at all
    severity: Severity
    found: str
    expected: str
    to_do: str = ""

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}: {'warning: ' if self.severity == 'warning' else ''}{self.field}{': ' if self.field else ''}"
        return f"{where}found {self.found}, expected {self.expected}{'; ' if self.to_do else ''}{self.to_do}"


class PolicyError(Exception):
    """A policy that is refused, with everything that was found, warnings too."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__("\n".join(str(finding) for finding in self.findings))


def has_errors(findings: Iterable[Finding]) -> bool:
    return any(finding.severity == "error" for finding in findings)
