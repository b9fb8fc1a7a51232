from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from superset_audit_recorder.settings import KINDS, ConfigError, read


def test_without_a_setting_all_kinds_go_to_logs() -> None:
    settings = read({"SECRET_KEY": "x"})
    assert (settings.kinds, settings.logs, settings.sql) == (KINDS, True, "redacted")


def test_settings_are_read_by_their_names() -> None:
    settings = read({"AUDIT_KINDS": ["sign_in"], "AUDIT_SQL": "hash", "AUDIT_SPOOL_DIR": "/srv/spool"})
    assert (settings.kinds, settings.sql, settings.spool_dir) == (("sign_in",), "hash", Path("/srv/spool"))


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({"AUDIT_SQLS": "full"}, r"AUDIT_SQLS is no setting of the recorder\. Is AUDIT_SQL meant\?"),
        ({"AUDIT_SQL": "none"}, r"AUDIT_SQL: 'none' is none of full, redacted, hash\."),
        ({"AUDIT_KINDS": "sign_in"}, r"AUDIT_KINDS must be a list of texts\."),
        ({"AUDIT_KINDS": ["signin"]}, r"AUDIT_KINDS: 'signin' is none of sign_in, "),
        ({"AUDIT_LOGS": "no"}, r"AUDIT_LOGS must be True or False\."),
        ({"AUDIT_LOGS": False}, r"nothing would be recorded"),
        ({"AUDIT_QUEUE_SIZE": 0}, r"AUDIT_QUEUE_SIZE must be a whole number of at least 1\."),
        ({"AUDIT_QUEUE_SIZE": True}, r"AUDIT_QUEUE_SIZE must be a whole number"),
        ({"AUDIT_GATHER_SECONDS": -1}, r"AUDIT_GATHER_SECONDS must be a number of seconds from 0 to 60\."),
        ({"AUDIT_GATHER_SECONDS": "1"}, r"AUDIT_GATHER_SECONDS must be a number of seconds"),
        ({"AUDIT_SENSITIVE_DATASETS": "patients"}, r"AUDIT_SENSITIVE_DATASETS must be a list of ids and names\."),
        (
            {"AUDIT_SENSITIVE_DASHBOARDS": [True]},
            r"AUDIT_SENSITIVE_DASHBOARDS must be a list of ids \(numbers\) and names",
        ),
        ({"AUDIT_SENSITIVE_DASHBOARDS": [1]}, r"AUDIT_SENSITIVE_\* needs a place other than logs"),
        ({"AUDIT_SENSITIVE_ACTIONS": ["x"]}, r"AUDIT_SENSITIVE_\* needs a place other than logs"),
        ({"AUDIT_DATABASE_URI": " "}, r"AUDIT_DATABASE_URI must be a text"),
        ({"AUDIT_DATABASE_URI": "user:CANARY@db"}, r"AUDIT_DATABASE_URI is no address of a database\."),
        ({"AUDIT_KAFKA_OPTIONS": "sasl.password=CANARY"}, r"AUDIT_KAFKA_OPTIONS must be a dictionary\."),
        ({"AUDIT_WEBHOOK_URL": "https://siem.example.com/in"}, r"AUDIT_WEBHOOK_TOKEN go together"),
        ({"AUDIT_WEBHOOK_TOKEN": "CANARY"}, r"AUDIT_WEBHOOK_URL and"),
        ({"AUDIT_WEBHOOK_URL": "http://siem.example.com/in", "AUDIT_WEBHOOK_TOKEN": "CANARY"}, r"begin with https"),
        ({"AUDIT_WEBHOOK_URL": "https://u:CANARY@siem", "AUDIT_WEBHOOK_TOKEN": "CANARY"}, r"must not hold a password"),
        ({"AUDIT_WEBHOOK_URL": "siem", "AUDIT_WEBHOOK_TOKEN": "CANARY"}, r"must be an HTTPS address"),
        ({"AUDIT_KAFKA_SERVERS": "k:9092"}, r"AUDIT_KAFKA_TOPIC go together"),
    ],
)
def test_a_wrong_setting_is_one_sentence_without_a_secret(config: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError, match=said) as caught:
        read(config)
    assert "CANARY" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_webhook_of_this_host_may_do_without_encryption() -> None:
    settings = read({"AUDIT_WEBHOOK_URL": "http://127.0.0.1:9/in", "AUDIT_WEBHOOK_TOKEN": "t"})
    assert settings.webhook_url == "http://127.0.0.1:9/in"
