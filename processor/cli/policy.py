"""`handoff policy`: commands about the agreement itself; what a policy may say stands in `policy_file`."""

import json
from dataclasses import asdict
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from processor.cli import FINDING
from processor.cli.options import Json
from processor.cli.policy_init import init

if TYPE_CHECKING:
    from processor.policy_file import Finding, Version
    from processor.policy_file.difference import Change

app = typer.Typer(add_completion=False, no_args_is_help=True, help="Check, compare and begin the agreement.")

PathToCheck = Annotated[Path | None, typer.Argument(metavar="PATH", exists=True, help="One policy file, or a folder of versions.")]
Directory = Annotated[
    Path | None,
    typer.Option("--policy", envvar="HANDOFF_POLICY", metavar="DIR", exists=True, help="The same, where no PATH is given."),
]
PathToCompare = Annotated[Path, typer.Argument(exists=True, help="A policy file, or a folder of versions.")]


@app.callback()
def _policy() -> None:
    """Check, compare and begin the agreement."""


@app.command()
def check(path: PathToCheck = None, policy: Directory = None, as_json: Json = False) -> None:
    """Name every mistake by file, line and field: 0 if there is none (warnings are none), else 1.

    Example: handoff policy check deploy/samples/policies --json
    """
    from processor import policy_file

    where = path or policy
    if where is None:
        raise typer.BadParameter("found no policy to check, expected a file or a folder; name it, or set HANDOFF_POLICY")
    findings = policy_file.check(where)
    if as_json:
        typer.echo(json.dumps([asdict(finding) for finding in findings], ensure_ascii=False))
    else:
        _print(where, findings)
    if policy_file.has_errors(findings):
        raise typer.Exit(FINDING)


def _print_changes(old: "Version", new: "Version", changes: "list[Change]", warnings: list[str]) -> None:
    from rich.console import Console
    from rich.text import Text

    from processor.policy_file.meaning import reach

    console = Console(highlight=False)

    def say(indent: int, *words: str | tuple[str, str]) -> None:
        for line in Text.assemble(*words).wrap(console, console.width - indent):
            line.rstrip()
            console.print(Text(" " * indent) + line)

    say(0, ("old ", "dim"), f"{old.policy.key} ({old.root.file})")
    say(0, ("new ", "dim"), f"{new.policy.key} ({new.root.file}), in force from {new.root['in_force']['from'].said}")
    for group, together in groupby(changes, key=lambda change: change.group):
        say(0, "")
        say(0, (group, "bold"), (f": {words}" if (words := reach(group)) else "", "dim"))
        for change in together:
            was, now = change.old or "nothing", change.new or "nothing"
            on_one_line = len(f"{change.field}  {was} → {now}") <= console.width - 2
            say(2, change.field, *(("  ", (was, "red"), " → ", (now, "green")) if on_one_line else ()))
            if not on_one_line:
                say(4, (was, "red"), " → ", (now, "green"))
            if change.meaning:
                say(4, (change.meaning, "italic"))
    for warning in warnings:
        say(0, "")
        say(0, (f"Warning: {warning}", "yellow"))
    say(0, "")
    say(0, f"changes: {len(changes)}" if changes else "They say the same.")


def _print(where: Path, findings: "list[Finding]") -> None:
    for finding in findings:
        typer.secho(str(finding), fg=typer.colors.RED if finding.severity == "error" else typer.colors.YELLOW)
    errors = sum(finding.severity == "error" for finding in findings)
    typer.echo(f"{where}: errors: {errors}, warnings: {len(findings) - errors}")


@app.command()
def diff(old: PathToCompare, new: PathToCompare, as_json: Json = False) -> None:
    """Say what changes from one version to another and what that means: 0 if they say the same, else 1.

    A folder stands for its latest version; of two folders, the earlier versions must be the same too, since handoffs are pinned to them.

    Example: handoff policy diff policies/2026-q4.yaml policies/2027-q1.yaml
    """
    from processor.policy_file import load_versions
    from processor.policy_file.difference import differences, doubts

    before, after = load_versions(old), load_versions(new)
    changes = differences(before[-1], after[-1])
    warnings = doubts(before, after, replaced=old.is_dir() and new.is_dir())
    if as_json:
        named = {"old": before[-1].policy.key, "new": after[-1].policy.key}
        found = {**named, "changes": [asdict(change) for change in changes], "warnings": warnings}
        typer.echo(json.dumps(found, ensure_ascii=False))
    else:
        _print_changes(before[-1], after[-1], changes, warnings)
    if changes or warnings:
        raise typer.Exit(FINDING)


app.command()(init)


@app.command()
def schema() -> None:
    """Print the JSON Schema of a policy file, which tells an editor what may stand where.

    Example: handoff policy schema > policy.schema.json, and in the policy's first line: # yaml-language-server: $schema=policy.schema.json
    """
    from processor.policy_file.schema import policy_schema

    typer.echo(json.dumps(policy_schema(), indent=2, ensure_ascii=False))
