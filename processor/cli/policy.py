"""`handoff policy`: commands about the agreement itself; what a policy may say stands in `policy_file`."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from processor.cli import FINDING
from processor.cli.options import Json

if TYPE_CHECKING:
    from processor.policy_file import Finding

app = typer.Typer(add_completion=False, no_args_is_help=True, help="Check the agreement.")

PathToCheck = Annotated[Path | None, typer.Argument(metavar="PATH", exists=True, help="One policy file, or a folder of versions.")]
Directory = Annotated[
    Path | None,
    typer.Option("--policy", envvar="HANDOFF_POLICY", metavar="DIR", exists=True, help="The same, where no PATH is given."),
]


@app.callback()
def _policy() -> None:
    """Check the agreement."""


@app.command()
def check(path: PathToCheck = None, policy: Directory = None, as_json: Json = False) -> None:
    """Name every mistake by file, line and field: 0 if there is none (warnings are none), else 1.

    Example: handoff policy check deploy/policies --json
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


def _print(where: Path, findings: "list[Finding]") -> None:
    for finding in findings:
        typer.secho(str(finding), fg=typer.colors.RED if finding.severity == "error" else typer.colors.YELLOW)
    errors = sum(finding.severity == "error" for finding in findings)
    typer.echo(f"{where}: errors: {errors}, warnings: {len(findings) - errors}")


@app.command()
def schema() -> None:
    """Print the JSON Schema of a policy file, which tells an editor what may stand where.

    Example: handoff policy schema > policy.schema.json, and in the policy's first line: # yaml-language-server: $schema=policy.schema.json
    """
    from processor.policy_file.schema import policy_schema

    typer.echo(json.dumps(policy_schema(), indent=2, ensure_ascii=False))
