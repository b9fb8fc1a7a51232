from datetime import UTC, datetime, timedelta, timezone
from uuid import RFC_4122, UUID

import pytest
from superset_audit_recorder.record import Record

NOON = datetime(2026, 7, 1, 12, 0, 0, 250, tzinfo=UTC)


def test_a_record_survives_its_line() -> None:
    record = Record(
        "UserUpdated",
        event_outcome="succeeded",
        occurred_at=NOON,
        user_id=3,
        username='a"b\n\u2028é',
        target_type="user",
        target_id=7,
        changes={"roles": {"before": ["Gamma"], "after": ["Admin", "Gamma"]}},
        details={"kinds": ["user"]},
    )
    assert "\n" not in record.to_json()
    assert Record.from_json(record.to_json()) == record


def test_times_are_written_in_utc() -> None:
    local = NOON.astimezone(timezone(timedelta(hours=-4)))
    assert '"occurred_at":"2026-07-01T12:00:00.000250+00:00"' in Record("x", occurred_at=local).to_json()


def test_a_field_of_a_later_version_is_left_out() -> None:
    text = Record("x", occurred_at=NOON, event_id="e").to_json().replace("{", '{"later":1,', 1)
    assert Record.from_json(text) == Record("x", occurred_at=NOON, event_id="e")


@pytest.mark.parametrize("text", ["[]", "{}", '{"occurred_at":1}', "not json"])
def test_what_is_no_record_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"record|Expecting"):
        Record.from_json(text)


def test_two_records_have_two_ids_each_a_random_uuid() -> None:
    one, other = Record("x").event_id, Record("x").event_id
    assert one != other
    assert {(UUID(each).version, UUID(each).variant, UUID(each).hex) for each in (one, other)} == {
        (4, RFC_4122, one),
        (4, RFC_4122, other),
    }
