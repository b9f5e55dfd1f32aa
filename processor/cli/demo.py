"""`handoff demo`: a week of a simulated company in minutes, before your eyes; the company is `simulation`'s, the machine `machine`'s."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from processor.cli.environment import settings
from processor.cli.options import DATA, Data
from processor.cli.worker import MetricsPort, require_room

if TYPE_CHECKING:
    from processor.cli.machine import Machine
    from processor.cli.outputs import Outputs
    from processor.cli.player import Player
    from processor.cli.screen import Screen

app = typer.Typer(add_completion=False)

PACKED = Path(__file__).parents[1] / "samples/policies"  # in a wheel; in the sources they lie with the other samples
SAMPLE = PACKED if PACKED.is_dir() else Path(__file__).parents[2] / "deploy/samples/policies"
KAFKA_PORT, METRICS_PORT = 9092, 9464  # the usual ones, where they are free
LOOK_EVERY_S = 0.2


@app.command()
def demo(
    policy: Annotated[
        Path,
        typer.Option(
            envvar="HANDOFF_POLICY", metavar="DIR", exists=True, file_okay=False, help="An agreement.", show_default="the company's"
        ),
    ] = SAMPLE,
    data: Data = DATA,
    port: Annotated[
        int | None, typer.Option(min=0, max=65_535, help="Of Kafka; 0: any free one.", show_default="9092, or any if it is taken")
    ] = None,
    metrics_port: MetricsPort = None,
    minutes: Annotated[float, typer.Option(min=0, help="How long the week takes; 0: as fast as it goes.")] = 3.0,
    exit_when_done: Annotated[bool, typer.Option("--exit-when-done", help="End with the week, not only with Ctrl-C.")] = False,
) -> None:
    """Watch a simulated company for a week, in minutes: an embedded Kafka, a worker, and what it publishes, live; until Ctrl-C.

    All is real but the company and its clock: time moves by its records. Each week has a data folder of its own, which stays. The next
    run goes on with a week that was left; once that is over, it plays another.

    Example: handoff demo --minutes 1
    """
    from processor.cli.machine import started
    from processor.cli.player import Player
    from processor.cli.screen import Screen
    from processor.policy_file import load_policies

    policies = load_policies(policy)
    seed, folder, lines = _week(data / "demo")
    player = Player(lines, folder / "played", minutes * 60)
    chosen = settings(policy=policy, data=folder, time="records", metrics_port=_or_any(metrics_port, METRICS_PORT))
    require_room(chosen)
    screen = Screen(policies.at(player.logged).first_calendar.zone)
    screen.say("Starting Kafka and a worker; the first time on a machine, Kafka is downloaded (45 MB).")
    try:
        with started(chosen, _or_any(port, KAFKA_PORT), folder / "worker.log", screen.say) as machine:
            screen.say(f"{machine.told()}\n", "")
            screen.say(_announcement(player, seed, minutes))
            _play(machine, player, screen, exit_when_done=exit_when_done)
    except KeyboardInterrupt:
        pass
    screen.say(f"stopped; data stays: handoff broker --data {folder}")


def _week(home: Path) -> tuple[int, Path, list[bytes]]:
    """A week's seed, folder and lines: of the last one that was begun, if it is not over, else of a new one."""
    from processor.cli.player import played
    from processor.simulation.company import SEED, week

    begun = [int(number) for folder in home.glob("week-*") if (number := folder.name.removeprefix("week-")).isdecimal()]
    seed = max(begun, default=SEED)
    lines = list(week(seed))
    if played(home / f"week-{seed}" / "played") == len(lines):
        seed += 1
        lines = list(week(seed))
    return seed, home / f"week-{seed}", lines


def _or_any(given: int | None, usual: int) -> int:
    from processor.stream.broker import ports

    return given if given is not None else usual if ports.is_free(usual) else 0


def _announcement(player: "Player", seed: int, minutes: float) -> str:
    pace = f"in {minutes:g} minutes" if minutes else "as fast as it goes"
    goes_on = ", from where the last run left it" if player.played else ""
    return f"A simulated company's week (seed {seed}) {pace}{goes_on}. The times are the deadlines and deeds that a line is about."


def _play(machine: "Machine", player: "Player", screen: "Screen", *, exit_when_done: bool) -> None:
    """The week, then what comes after it, until Ctrl-C. Raises what ends the machine or the player."""
    from processor.cli.outputs import Outputs

    foot = f"Kafka {machine.kafka.address} · metrics {machine.worker_at}/metrics · Ctrl-C ends it"
    with Outputs.of(machine.settings) as outputs:
        for line in outputs.past():
            screen.count(line)
        with player.playing(machine.kafka.address, machine.settings.partitions), screen.live(foot):
            _watch(machine, player, outputs, screen)
            screen.say(f"The week is over: {screen.totals}.")
            if exit_when_done:
                return
            screen.say("Kafka and the worker go on, to be read and published to. The next run plays another week.")
            while True:
                machine.watch()
                for line in outputs.new(LOOK_EVERY_S):
                    screen.show(line)


def _watch(machine: "Machine", player: "Player", outputs: "Outputs", screen: "Screen") -> None:
    """Returns when the week is over and all that came of it was shown."""
    while True:
        machine.watch()
        for line in outputs.new(LOOK_EVERY_S):
            screen.show(line)
        screen.reached(player.logged, player.share)
        if player.over and outputs.complete():
            return
