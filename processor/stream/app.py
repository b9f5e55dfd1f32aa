"""A worker composed: a Faust app whose agent hands batches to the lanes, whose table is theirs, and that stops only after them."""

from collections.abc import Mapping
from typing import Any

import faust

from processor.settings import Settings
from processor.stream.batches import BatchTopic, BatchTransport
from processor.stream.connection import connection
from processor.stream.forgiving import read_forgivingly
from processor.stream.lanes import Lanes, OpenCore
from processor.stream.leads import LeadTable
from processor.stream.observer import Observer
from processor.stream.topics import TOPICS


class LaneApp(faust.App):
    lanes: Lanes

    def _new_transport(self) -> Any:
        return BatchTransport(self.conf.broker_consumer, self)

    def look_after_consumer(self) -> None:
        if thread := self.consumer._thread:
            thread.look_after_tasks()
            thread.look_after_refusals()

    async def _on_partitions_revoked(self, revoked: Any) -> None:
        """Faust's own handler stops the flow, ours the writes, and first: only then may the partition go to another."""
        await self.lanes.close()
        await super()._on_partitions_revoked(revoked)

    async def _stop_consumer(self) -> None:
        await self.lanes.close()
        await super()._stop_consumer()


def build(settings: Settings, open_core: OpenCore, observer: Observer) -> LaneApp:
    """An app that is not started. `open_core` makes the core of a partition from its committed states."""
    read_forgivingly()
    inputs = tuple(topic.name for topic in TOPICS if topic.role == "in")
    outputs = tuple(topic.name for topic in TOPICS if topic.role in {"out", "dead letters"})
    app = _app(settings)
    app.lanes = lanes = Lanes(settings, (inputs, outputs), open_core, observer)
    lanes.flow_through(app.consumer)
    signals = BatchTopic(app, topics=list(inputs), partitions=settings.partitions, value_serializer="raw", key_serializer="raw")
    app.tables.add(LeadTable(app, name="leads", partitions=settings.partitions, key_type=bytes, value_type=bytes))

    async def deliver(deliveries: Any) -> None:
        """Never waits: a waiting agent would block the other topic, and with it the merge."""
        async for event in deliveries.noack().events():
            delivery = event.value
            try:
                lanes.feed(delivery.tp, delivery.epoch, delivery.start, delivery.chunk)
            except Exception as error:  # noqa: BLE001 - Faust would restart the agent, and the batch would be lost
                lanes.die(repr(error))

    app.agent(signals, name="deliver")(deliver)
    return app


def _credentials(options: Mapping[str, Any]) -> Any:
    """How a broker is reached, in Faust's words; None where everybody may come."""
    context = options.get("ssl_context")
    if mechanism := options.get("sasl_mechanism"):
        user, password = options["sasl_plain_username"], options["sasl_plain_password"]
        return faust.SASLCredentials(username=user, password=password, ssl_context=context, mechanism=mechanism)
    return faust.SSLCredentials(context) if context else None


def _app(settings: Settings) -> LaneApp:
    app = LaneApp(
        settings.app,
        broker=f"kafka://{settings.broker}",
        broker_credentials=_credentials(connection(settings.broker)),
        store="memory://",
        datadir=settings.data / "faust",
        topic_partitions=settings.partitions,
        topic_allow_declare=False,
        topic_disable_leader=True,
        web_enabled=False,
        key_serializer="raw",
        value_serializer="raw",
        broker_max_poll_records=5000,
        broker_session_timeout=settings.session_timeout_s,
        broker_heartbeat_interval=settings.session_timeout_s / 5,
        broker_rebalance_timeout=600,  # a takeover is part of it: who restores for so long is not thrown out, and its heir with it
        broker_request_timeout=30,
        broker_max_poll_interval=365
        * 86_400,  # aiokafka's own matter: who has not polled for so long would not join again, and without joining nobody polls
        broker_commit_interval=1.0,
        consumer_max_fetch_size=1 << 20,
        consumer_metadata_max_age_ms=5_000,  # so soon is an input seen that was grown, see batches
        consumer_group_instance_id=settings.instance,
        consumer_auto_offset_reset="earliest",
        stream_recovery_delay=0.0,
        stream_wait_empty=False,  # else revoke and shutdown wait for ever
        recovery_consistency_check=False,
        table_standby_replicas=0,
    )
    if app.conf.processing_guarantee != faust.types.enums.ProcessingGuarantee.AT_LEAST_ONCE:
        raise ValueError(
            f"Faust's processing_guarantee is {app.conf.processing_guarantee.value}, expected at_least_once: its own transactions crash on "
            "rebalance, and the lanes have theirs; unset it"
        )
    return app
