"""Policy files, from YAML to the frozen values of the domain, or refused with file, line and field; judging by them stays outside."""

from dataclasses import dataclass
from pathlib import Path

from processor.domain.policy import Policies, Policy
from processor.policy_file.document import Field, absent_document, read_document
from processor.policy_file.findings import Finding, PolicyError, has_errors
from processor.policy_file.lint import lint
from processor.policy_file.sections import read_policy

__all__ = ["Finding", "PolicyError", "Version", "check", "has_errors", "load_policies", "load_policy", "load_versions"]


@dataclass(frozen=True, slots=True)
class Version:
    """A file that was read. Where its root has errors noted, the policy holds stand-ins."""

    root: Field
    policy: Policy


def load_policies(directory: Path) -> Policies:
    """Every version in the directory, one a file (`*.yaml`, `*.yml`). PolicyError with all that is wrong with any of them."""
    read, findings = _read_directory(directory)
    if has_errors(findings):
        raise PolicyError(findings)
    return Policies(tuple(version.policy for version in read))


def load_policy(path: Path) -> Policy:
    """The version in one file. PolicyError with all that is wrong with it."""
    version = _read_file(path)
    if has_errors(version.root.findings):
        raise PolicyError(version.root.findings)
    return version.policy


def load_versions(path: Path) -> list[Version]:
    """What a file or a directory says and how it is written, in the order in which versions come into force. PolicyError as above."""
    read, findings = _read(path)
    if has_errors(findings):
        raise PolicyError(findings)
    return sorted(read, key=lambda version: version.policy.in_force_from)


def check(path: Path) -> list[Finding]:
    """All findings, warnings too, about a policy file or about a directory of them; file by file, by line."""
    return _read(path)[1]


def _read(path: Path) -> tuple[list[Version], list[Finding]]:
    if path.is_dir():
        return _read_directory(path)
    version = _read_file(path)
    return [version], version.root.findings


def _read_directory(directory: Path) -> tuple[list[Version], list[Finding]]:
    files = sorted(path for path in directory.iterdir() if path.suffix in (".yaml", ".yml")) if directory.is_dir() else []
    if not files:
        found = "no policy file" if directory.is_dir() else "no such directory"
        return [], [_about_the_path(directory, found, "a directory of policies", "write one YAML file a version")]
    read = [_read_file(path) for path in files]
    _refuse_twins(read)
    return read, [finding for version in read for finding in version.root.findings]


def _read_file(path: Path) -> Version:
    findings: list[Finding] = []
    root = _document(path, findings)
    policy = read_policy(root)
    if root.is_mapping:
        lint(root, policy)
    findings.sort(key=lambda finding: (finding.line, finding.column))
    return Version(root, policy)


def _document(path: Path, findings: list[Finding]) -> Field:
    try:
        return read_document(path.read_bytes().decode(), str(path), findings)
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        findings.append(Finding(str(path), line, 1, "", "error", "bytes that are not UTF-8", "text in UTF-8", "save the file as UTF-8"))
    except OSError as error:
        findings.append(_about_the_path(path, f"a file that cannot be read ({error.strerror})", "a policy file", "check the path"))
    return absent_document(str(path), findings)


def _refuse_twins(read: list[Version]) -> None:
    """Which version is in force, and which one a lead is pinned to, must have one answer."""
    sound = [version for version in read if not has_errors(version.root.findings)]
    for n, later in enumerate(sound):
        for earlier in sound[:n]:
            if later.policy.key == earlier.policy.key:
                field, of_other = later.root["version"], earlier.root["version"]
                field.refuse(f"{later.policy.key} again", "each version once", f"{_place(of_other)} has it too: give it the next number")
            if later.policy.in_force_from == earlier.policy.in_force_from:
                field, of_other = later.root["in_force"]["from"], earlier.root["in_force"]["from"]
                field.refuse(field.found, "an instant of its own", f"{_place(of_other)} has it too: one version is in force at a time")


def _place(field: Field) -> str:
    return f"{field.file}:{field.mark.line + 1}"


def _about_the_path(path: Path, found: str, expected: str, to_do: str) -> Finding:
    return Finding(str(path), 0, 0, "", "error", found, expected, to_do)
