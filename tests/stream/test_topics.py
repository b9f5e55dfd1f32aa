"""Is the one table of topics complete and coherent? What a broker makes of it is in tests/kafka."""

from processor.stream.topics import Role, Timestamps, specs
from schemas.events import DEAD_LETTERS, EVENTS
from schemas.signals import SIGNALS


def settings(role: Role, timestamps: Timestamps = "broker") -> list[dict[str, str]]:
    return [spec.settings() for spec in specs(timestamps=timestamps) if spec.role == role]


def test_every_type_of_signal_and_event_has_its_topic_in_the_table():
    roles = {spec.name: spec.role for spec in specs()}
    assert {roles[topic] for topic, _ in SIGNALS.values()} == {"in"}
    assert {roles[topic] for topic, _ in EVENTS.values()} == {"out"}
    assert roles[DEAD_LETTERS] == "dead letters"


def test_all_topics_have_the_same_partitions_so_that_a_lane_is_one_number():
    assert {(spec.partitions, spec.replicas) for spec in specs(7, 3)} == {(7, 3)}


def test_the_changelog_bears_the_name_of_the_app():
    assert [spec.name for spec in specs(app="blue") if spec.role == "changelog"] == ["blue-leads-changelog"]


def test_dead_letters_have_room_for_an_input_and_its_story():
    [dead_letters] = settings("dead letters")
    for inputs in settings("in"):
        assert int(dead_letters["max.message.bytes"]) == int(inputs["max.message.bytes"]) + 65_536


def test_the_broker_stamps_every_topic_unless_records_say_when_inputs_were_logged():
    assert {spec.settings()["message.timestamp.type"] for spec in specs()} == {"LogAppendTime"}
    by_records = {spec.role: spec.settings()["message.timestamp.type"] for spec in specs(timestamps="records")}
    assert by_records == {
        "in": "CreateTime",
        "out": "LogAppendTime",
        "changelog": "LogAppendTime",
        "dead letters": "LogAppendTime",
    }


def test_history_with_its_own_time_is_not_deleted_for_being_old():
    assert {inputs["retention.ms"] for inputs in settings("in", timestamps="records")} == {"-1"}


def test_what_is_compacted_is_left_alone_for_a_while_but_not_for_ever():
    compacted = [spec.settings() for spec in specs() if spec.cleanup == "compact"]
    assert len(compacted) == 2
    for each in compacted:
        assert 0 < int(each["min.compaction.lag.ms"]) < int(each["max.compaction.lag.ms"])


def test_with_replicas_a_write_needs_all_but_one_of_them():
    assert "min.insync.replicas" not in specs(replicas=1)[0].settings()
    assert specs(replicas=3)[0].settings()["min.insync.replicas"] == "2"
