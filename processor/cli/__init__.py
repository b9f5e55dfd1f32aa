"""The program `handoff`: its commands by name, each loaded when it is called; what a command does stands in the module beside this one.

Such a module has an `app` of its own, `typer.Typer(add_completion=False)`: with one command, or with several where the name is a group.
"""

import sys
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup

COMMANDS = {
    "demo": ("processor.cli.demo", "Watch a simulated company for a week, in minutes."),
    "up": ("processor.cli.up", "Run everything on this machine: Kafka, topics, a worker."),
    "worker": ("processor.cli.worker", "Run one worker against a Kafka."),
    "broker": ("processor.cli.broker", "Run only the embedded Kafka."),
    "topics": ("processor.cli.topics", "Create, check and show the topics."),
    "doctor": ("processor.cli.doctor", "Say whether a Kafka is right for Handoff, and what to do."),
    "publish": ("processor.cli.publish", "Put a file of CloudEvents on the topics."),
    "tail": ("processor.cli.tail", "Read what is on the topics."),
    "replay": ("processor.cli.replay", "Make the same decisions with no Kafka, from a file."),
    "backtest": ("processor.cli.backtest", "Say what another agreement would have meant, side by side."),
    "simulate": ("processor.cli.simulate", "Write the log of a company that does not exist, from a seed."),
    "explain": ("processor.cli.explain", "Tell a lead's story: why it is where it is."),
    "due": ("processor.cli.due", "Say when something is due in a calendar of the policy."),
    "policy": ("processor.cli.policy", "Check, compare and begin the agreement."),
    "plan": ("processor.cli.plan", "Say how many leads a revenue takes, and who can work them."),
}

# What a user can do something about is said in a sentence, without a traceback.
ERRORS = {
    "processor.cli.options": "WrongUse",
    "processor.cli.supervisor": "WorkerEnded",
    "processor.domain.versions": "UnfitPolicies",
    "processor.policy_file.findings": "PolicyError",
    "processor.stream.preflight": "UnfitTopics",
    "processor.stream.broker.errors": "BrokerError",
    "processor.stream.connection": "UnfitSecurity",
    "processor.stream.follow": "NoSuchTopic",
    "kafka.errors": "KafkaError",
    "aiokafka.errors": "KafkaError",
    "schemas.errors": "BadRecord",
}

DONE, FINDING, WRONG_USE = 0, 1, 2
"""Exit codes for scripts: done; done, and a check found something; wrong use or bad input."""


class _Program(TyperGroup):
    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        name, _, rest = super().resolve_command(ctx, args)
        return name, name and _command(name), rest

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except Exception as error:
            # An error's module was imported before the error could be raised.
            known = tuple(getattr(sys.modules[module], name) for module, name in ERRORS.items() if module in sys.modules)
            if not isinstance(error, known):
                raise
            typer.secho(str(error), fg=typer.colors.RED, err=True)
            raise typer.Exit(WRONG_USE) from error


def _command(name: str) -> Any:
    command = typer.main.get_command(import_module(COMMANDS[name][0]).app)
    command.name = name
    return command


app = typer.Typer(cls=_Program, no_args_is_help=True, pretty_exceptions_show_locals=False, rich_markup_mode="rich")


@app.callback()
def _handoff() -> None:
    """From marketing's first signal to a won deal: who owes what by when, and what came of it."""


for _name, (_, _help) in COMMANDS.items():
    # Only what `--help` lists; loading every command for that would take seconds.
    app.command(_name, help=_help)(lambda: None)
