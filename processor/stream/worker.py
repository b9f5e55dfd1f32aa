"""One worker in the foreground: refuses what cannot work, serves health from its first moment, ends cleanly on SIGTERM."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import aiokafka.errors
import structlog
from kafka.errors import KafkaError

from processor.garbage import look_seldom
from processor.settings import Settings
from processor.stream.agreement import Agreement, follow
from processor.stream.app import LaneApp, build
from processor.stream.clocks import wall, wall_clock
from processor.stream.deaths import Deaths
from processor.stream.health import Health, Metrics, serve
from processor.stream.lanes import OpenCore
from processor.stream.last_applied import LastWatches
from processor.stream.observer import Nobody, Observer
from processor.stream.preflight import check
from schemas.instants import SECOND

log = structlog.get_logger()

BEAT_S = 1.0
END_S = 10.0  # longer than a lane takes to close, or to die
NOBODY = Nobody()


def no_metrics(_: str) -> tuple[str, bytes]:
    return "text/plain", b""


def run(
    settings: Settings,
    open_core: OpenCore,
    observer: Observer = NOBODY,
    metrics: Metrics = no_metrics,
    agreement: Agreement | None = None,
) -> None:
    """Works until SIGTERM or SIGINT, then exits with 0; with 70 where only a new start helps.

    Raises UnfitTopics and UnfitPolicies before it has begun.

    `agreement`: whose files are followed.
    """
    settings.data.mkdir(parents=True, exist_ok=True)
    health = Health()
    port = serve((settings.host, settings.metrics_port), health, metrics)
    deaths = Deaths(settings.data)
    deaths.report()
    watches = LastWatches(settings)
    try:
        check(settings)
        if agreement:
            agreement.require(asyncio.run(watches()))
    except (KafkaError, aiokafka.errors.KafkaError) as error:
        deaths.die(f"Kafka at {settings.broker} does not answer: {error!r}")
    app = build(settings, open_core, observer)
    look_seldom()
    health.follow(lambda: app.lanes.ready, app.lanes.owed)
    health_at = f"http://{settings.host}:{port}"
    log.info("worker starts", app=settings.app, broker=settings.broker, instance=settings.instance, time=settings.time, health=health_at)

    worker = app.Worker(quiet=True, override_logging=False, redirect_stdouts=False, loglevel="WARNING")
    worker.spinner = None  # it writes to standard output, terminal or not
    beside: list[Coroutine[Any, Any, None]] = [_beat(health, app, settings.guard_ms * (SECOND // 1000)), _end_in_time(app, deaths)]
    if agreement:
        beside.append(follow(agreement, lambda: app.lanes.ready, observer, watches))
    for each in beside:
        worker.loop.create_task(each).add_done_callback(lambda task: _die_with(task, deaths))
    try:
        worker.execute_from_commandline()
    except SystemExit as end:  # Faust has said why
        if end.code:
            deaths.die("Faust's worker ended with an error")


def _die_with(task: "asyncio.Task[None]", deaths: Deaths) -> None:
    """None of them may end and nobody know."""
    if not task.cancelled() and (error := task.exception()):
        deaths.die(f"a task beside Faust has ended: {error!r}")


async def _end_in_time(app: LaneApp, deaths: Deaths) -> None:
    """Faust and aiokafka wait for a broker that is away, for a minute or for ever: to tell it offsets, which nobody needs, and farewell."""
    await app.wait_for_stopped()
    await asyncio.sleep(END_S)
    if not app.lanes.closed:
        deaths.die(f"it did not end within {END_S:.0f} s")
    deaths.leave(f"nothing is under way, and Faust did not end within {END_S:.0f} s")


async def _beat(health: Health, app: LaneApp, guard: int) -> None:
    """The main loop is alive, and so are the client's tasks. Says if this machine's clock was set forward, which delays every deadline
    until the next start."""
    said = False
    while True:
        health.beat()
        app.look_after_consumer()
        ahead = wall_clock() - wall()
        if ahead > max(guard, SECOND) and not said:
            said = True
            log.warning("the clock was set forward: deadlines are late by as much until the next start", seconds=ahead / SECOND)
        await asyncio.sleep(BEAT_S)
