"""A consumer that does each escalation exactly once: `python escalations.py kafka:9092 tasks.db`; what a task is stays outside.

The effect, here a row, and what it is known by are one transaction; only then is the offset committed. Whatever is delivered twice,
after a crash or a rebalance, is known by source, id and type: a source that falls silent and its return share an id. With
`read_committed` nothing is seen that Handoff has not decided.
"""

import json
import sqlite3
import sys

from kafka import KafkaConsumer

consumer = KafkaConsumer(
    "handoff.escalations.v1", bootstrap_servers=sys.argv[1], group_id="escalation-tasks",
    isolation_level="read_committed", enable_auto_commit=False, auto_offset_reset="earliest", session_timeout_ms=10_000,
)  # fmt: skip
tasks = sqlite3.connect(sys.argv[2])
tasks.execute("CREATE TABLE IF NOT EXISTS tasks (source, id, type, lead, clock, told, PRIMARY KEY (source, id, type))")
for record in consumer:
    said = {name: value.decode() for name, value in record.headers}
    data = json.loads(record.value)
    with tasks:  # one transaction, committed at the end of the block
        row = (said["ce_source"], said["ce_id"], said["ce_type"], said["ce_subject"], data.get("clock"), ", ".join(data.get("tell", [])))
        tasks.execute("INSERT INTO tasks VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING", row)
    consumer.commit()
