"""Secrets are gone before anything reaches the disk, and nothing else is."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from urllib.parse import quote, unquote

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditctl.population.secrets import _apply_rules, _clean_plain, is_secret_name, replace_secrets

FIXTURE = Path(__file__).parents[2] / "data" / "superset-6.1-metadata.sqlite"
GONE = "[secret removed]"


def clean(*cells: str | None) -> tuple[list[str | None], int]:
    batch, counts = replace_secrets(pa.record_batch({"json": pa.array(cells, pa.string())}), ["json"])
    return batch["json"].to_pylist(), counts["json"]


def clean_one(cell: str) -> str:
    (cleaned,), _ = clean(cell)
    assert cleaned is not None
    return cleaned


def test_the_secrets_that_superset_itself_wrote_are_found_and_counted() -> None:
    connection = sqlite3.connect(f"file:{FIXTURE}?mode=ro", uri=True)
    rows = connection.execute("SELECT id, json, referrer FROM logs ORDER BY id").fetchall()
    connection.close()
    ids, payloads, referrers = (list(column) for column in zip(*rows, strict=True))
    batch = pa.record_batch({"json": pa.array(payloads, pa.string()), "referrer": pa.array(referrers, pa.string())})
    cleaned, counts = replace_secrets(batch, ["json", "referrer"])
    changed = [at for at, old, new in zip(ids, payloads, cleaned["json"].to_pylist(), strict=True) if old != new]
    assert counts == {"json": 7, "referrer": 0}
    assert changed == [149, 150, 151, 152, 153, 154, 169]
    assert "CANARY" not in str(cleaned.to_pydict())


def test_only_the_value_goes_and_the_rest_of_the_document_stays_as_superset_writes_it() -> None:
    before = '{"path": "/api/v1/me/", "first_name": "Ælicia", "password": "CANARY-user-password", "n": [1, 2.5, null]}'
    assert clean_one(before) == before.replace("CANARY-user-password", GONE)


def test_a_database_uri_keeps_everything_but_its_password() -> None:
    before = '{"sqlalchemy_uri": "postgresql://svc_user:CANARY-db-password@127.0.0.1:1/none", "engine": "postgresql"}'
    assert clean_one(before) == before.replace("CANARY-db-password", GONE)


def test_only_the_named_columns_are_searched_and_missing_ones_are_passed_over() -> None:
    batch = pa.record_batch({"a": ['{"password": "x1"}'], "b": ['{"password": "x2"}'], "n": [1]})
    cleaned, counts = replace_secrets(batch, ["a", "n", "absent"])
    assert cleaned.to_pydict() == {"a": [f'{{"password": "{GONE}"}}'], "b": ['{"password": "x2"}'], "n": [1]}
    assert counts == {"a": 1, "n": 0}
    assert cleaned.schema == batch.schema


def test_a_column_that_cannot_be_searched_is_refused_rather_than_passed_over() -> None:
    with pytest.raises(TypeError, match="column a of type list"):
        replace_secrets(pa.record_batch({"a": pa.array([["password=x"]])}), ["a"])


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string()])
def test_cells_without_a_secret_keep_their_bytes_their_nulls_and_their_type(kind: pa.DataType) -> None:
    cells = [None, "", '{"b":1,   "token_type":"x", "client_id": "y"}', '{"password": null}', '{"token": ""}']
    batch = pa.record_batch({"json": pa.array(["skipped", *cells], kind)}).slice(1)
    cleaned, counts = replace_secrets(batch, ["json"])
    assert cleaned["json"].to_pylist() == cells
    assert cleaned.schema == batch.schema
    assert counts == {"json": 0}


NAMED_SECRETS = """
    password Passwd pwd db_password conf_password password2 dbPassword sslpassword passphrase passwords client_secret
    accessToken refresh_token id_token csrf_token api-key X-Api-Key apikey private_key private_key_password credentials
    credentials_info encrypted_extra masked_encrypted_extra Authorization Set-Cookie session aws_secret_access_key
    ssh_tunnel_passwords ssh_tunnel_private_keys encrypted_extra_secrets
"""
NAMED_OTHERWISE = """
    client_id token_type private_key_id username passport bypass sessions key cache_key password_changed_at secretary
    tokenizer author
"""


@pytest.mark.parametrize("name", NAMED_SECRETS.split())
def test_a_name_that_holds_a_secret(name: str) -> None:
    assert is_secret_name(name)


@pytest.mark.parametrize("name", NAMED_OTHERWISE.split())
def test_a_name_that_holds_none(name: str) -> None:
    assert not is_secret_name(name)


def test_documents_within_strings_are_searched_and_written_back_as_strings() -> None:
    inner = {"engine_params": {"connect_args": {"password": "deep-one"}}, "n": 1}
    before = json.dumps({"params": json.dumps({"extra": json.dumps(inner)}), "z": "plain"})
    after = json.loads(clean_one(before))
    assert json.loads(json.loads(after["params"])["extra"]) == {
        "engine_params": {"connect_args": {"password": GONE}},
        "n": 1,
    }
    assert after["z"] == "plain"


def test_a_whole_object_or_number_under_a_secret_name_goes() -> None:
    before = (
        '{"credentials_info": {"private_key_id": "k", "client_email": "e"}, "pwd": 1234, "secret": [], "token": true}'
    )
    assert clean_one(before) == f'{{"credentials_info": "{GONE}", "pwd": "{GONE}", "secret": [], "token": true}}'


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("postgresql://u:p@ss@h:5432/d", f"postgresql://u:{GONE}@h:5432/d"),
        ("postgresql://u:p/s?#s@h/d", f"postgresql://u:{GONE}@h/d"),
        ("cannot open mysql+pymysql://u:hidden@h/d now", f"cannot open mysql+pymysql://u:{GONE}@h/d now"),
        ("redis://:hidden@h:6379/0", f"redis://:{GONE}@h:6379/0"),
        ("https://u:hidden@h/path?mail=a@b.org", f"https://u:{GONE}@h/path?mail=a@b.org"),
        ("https://u:hid/den@h/path", f"https://u:{GONE}@h/path"),
        ("http://h/x?a=1&password=hid%20den&b=2", f"http://h/x?a=1&password={GONE}&b=2"),
        ("postgresql://h/d?sslpassword=hidden", f"postgresql://h/d?sslpassword={GONE}"),
        ("http://h/x#access_token=hidden&z=1", f"http://h/x#access_token={GONE}&z=1"),
        ("https://acct.blob/x?sv=1&sig=hidden%3D", f"https://acct.blob/x?sv=1&sig={GONE}"),
        (
            "http://h/x?uri=postgresql%3A%2F%2Fu%3Ahidden%40h%2Fd&z=1",
            f"http://h/x?uri={quote(f'postgresql://u:{GONE}@h/d', safe='')}&z=1",
        ),
        ("CREATE USER x IDENTIFIED BY 'hid''den' ACCOUNT", f"CREATE USER x IDENTIFIED BY '{GONE}' ACCOUNT"),
        ("ALTER USER x WITH ENCRYPTED PASSWORD 'hidden'", f"ALTER USER x WITH ENCRYPTED PASSWORD '{GONE}'"),
        ("SET PASSWORD FOR x = PASSWORD('hidden')", f"SET PASSWORD FOR x = PASSWORD('{GONE}')"),
        ("f(password => N'hidden', n => 'y')", f"f(password => N'{GONE}', n => 'y')"),
        ("DRIVER={x};UID=u;PWD={hid;den};A=b", f"DRIVER={{x}};UID=u;PWD={GONE};A=b"),
        ("host=h password='hid den' user=u", f"host=h password='{GONE}' user=u"),
        ("aws_secret_access_key=hidden region=x", f"aws_secret_access_key={GONE} region=x"),
        ("curl -H 'Authorization: Basic aGlkZGVu' x", f"curl -H 'Authorization: {GONE}' x"),
        ("Cookie: session=hidden; other=hidden", f"Cookie: {GONE}"),
        ("sent Bearer hidden.hidden-1 twice", f"sent Bearer {GONE} twice"),
        ("-----BEGIN RSA PRIVATE KEY-----\nhidden\n-----END RSA PRIVATE KEY-----", GONE),
        ('{"a": 1, "password": "hidden", "cut": "o', f'{{"a": 1, "password": "{GONE}", "cut": "o'),
        ('{"a": 1, "password": "hid', f'{{"a": 1, "password": "{GONE}'),
        ('{"p": "{\\"password\\": \\"hidden\\", \\"x\\": 1', f'{{"p": "{{\\"password\\": \\"{GONE}\\", \\"x\\": 1'),
        ('{"password": "hidden", "password": ""}', f'{{"password": "{GONE}", "password": ""}}'),
        ('{"sql": "x IDENTIFIED\\nBY \'hidden\'"}', f'{{"sql": "x IDENTIFIED\\nBY \'{GONE}\'"}}'),
        ('{"p": "{\\"pass\\\\u0077ord\\": \\"hidden\\"}"}', f'{{"p": "{{\\"password\\": \\"{GONE}\\"}}"}}'),
    ],
)
def test_a_secret_in_text_goes_and_what_is_around_it_stays(before: str, after: str) -> None:
    assert clean_one(before) == after
    assert clean(after) == ([after], 0)


@pytest.mark.parametrize(
    "text",
    [
        '{"password": "XXXXXXXXXX", "sqlalchemy_uri": "postgresql://u:XXXXXXXXXX@h/d"}',
        "postgresql+psycopg2://u:***@h/d",
        "http://host:8080/path?mail=a@b.org",
        'password authentication failed for user "u"',
        "Unknown column 'token' in 'field list'",
        "SELECT token, password FROM t WHERE password IS NULL AND a.token = b.token",
        "SELECT password::text FROM t",
        "Session: an overview of tokens",
        '{"label": "Secret: nothing", "columns": ["password", "token"]}',
        "password = NULL",
    ],
)
def test_masks_prose_and_names_of_columns_are_left_alone(text: str) -> None:
    assert clean(text) == ([text], 0)


def test_a_huge_cell_that_may_hold_a_secret_is_replaced_whole() -> None:
    cell = "password=" + "x" * 2_000_000
    assert clean(cell, "y" * 3_000_000) == (
        ["[2000009 characters removed: too large to search for secrets]", "y" * 3_000_000],
        1,
    )


@pytest.mark.parametrize("cell", ["[" * 100_000 + "password", '{"a":' * 500 + '"password"' + "}" * 500])
def test_a_cell_nested_too_deeply_is_replaced_whole(cell: str) -> None:
    assert clean(cell) == ([f"[{len(cell)} characters removed: too deeply nested to search for secrets]"], 1)


def test_numbers_that_python_cannot_hold_do_not_stop_the_search() -> None:
    assert clean_one('{"a": NaN, "token": 1e999}') == f'{{"a": NaN, "token": "{GONE}"}}'
    digits = "1" * 6000
    assert clean_one(f'{{"n": {digits}, "password": "hidden"}}') == f'{{"n": {digits}, "password": "{GONE}"}}'


def test_lone_surrogates_and_bytes_that_are_no_text_survive_the_search() -> None:
    assert clean_one('{"password": "x", "b": "\\ud800"}') == f'{{"password": "{GONE}", "b": "\\ud800"}}'
    broken = pa.array([b"\xff password=hidden \xfe"], pa.binary()).view(pa.string())
    cleaned, counts = replace_secrets(pa.record_batch({"json": broken}), ["json"])
    assert cleaned["json"].cast(pa.binary()).to_pylist() == [
        f"\udcff password={GONE} \udcfe".encode(errors="surrogateescape")
    ]
    assert counts == {"json": 1}


def test_a_secret_buried_under_many_layers_goes_with_them() -> None:
    text = "password=hidden"
    for _ in range(12):
        text = f"?a={quote(text, safe='')}"
    cleaned = clean_one(f"http://h/{text}")
    for _ in range(12):
        cleaned = unquote(cleaned)
    assert GONE in cleaned
    assert "hidden" not in cleaned


# Anything that can be typed. The prefix makes sure that a secret does not occur elsewhere by chance.
secrets = st.text(st.characters(exclude_categories=["Cs"]), max_size=30).map(lambda tail: f"S3cr{tail}t")
words = st.text(st.characters(exclude_categories=["Cs", "Z", "C"]), max_size=30).map(lambda tail: f"S3cr{tail}t")


@given(secrets)
def test_no_password_in_json_survives_however_deep_it_lies(secret: str) -> None:
    plain = {"user": {"db_password": secret}, "password": secret, "list": [{"token": secret}]}
    for document in (plain, {"params": json.dumps(plain)}, [{"x": json.dumps({"extra": json.dumps(plain)})}]):
        cleaned = clean_one(json.dumps(document))
        json.loads(cleaned)
        assert "S3cr" not in cleaned


@given(secrets)
def test_no_password_in_a_database_uri_survives(secret: str) -> None:
    uri = f"postgresql://svc_user:{secret}@127.0.0.1:1/none"
    for cell in (uri, json.dumps({"sqlalchemy_uri": uri}), json.dumps({"a": json.dumps({"sqlalchemy_uri": uri})})):
        cleaned = clean_one(cell)
        assert "S3cr" not in cleaned
        assert "svc_user" in cleaned
        assert "127.0.0.1:1/none" in cleaned


@given(words)
def test_no_password_in_a_uri_within_a_sentence_survives(secret: str) -> None:
    cleaned = clean_one(f"could not connect to mysql://u:{secret}@h/d (timeout)")
    assert cleaned == f"could not connect to mysql://u:{GONE}@h/d (timeout)"


@given(secrets)
def test_no_secret_in_an_address_survives(secret: str) -> None:
    for name in ("password", "sslpassword", "token", "access_token", "sig"):
        address = f"http://h/x?a=1&{name}={quote(secret, safe='')}&b=2"
        assert clean_one(address) == f"http://h/x?a=1&{name}={GONE}&b=2"


@given(secrets)
def test_no_password_in_sql_survives(secret: str) -> None:
    literal = secret.replace("\\", "").replace("'", "''")
    for sql in (
        "CREATE USER u IDENTIFIED BY '{}'",
        "ALTER ROLE u PASSWORD '{}'",
        "f(password => '{}')",
        "PWD='{}';x=1",
    ):
        for cell in (sql.format(literal), json.dumps({"sql": sql.format(literal)})):
            assert "S3cr" not in clean_one(cell)


PIECES = r"""
    password token = ' " \ { } [ ] postgresql:// http:// u: @h / ? & ; % %3A%2F%2F %40 cookie: XXXXXXXXXX a. (
"""
pieces = st.sampled_from([*PIECES.split(), " ", "\n", ": ", "Bearer ", "IDENTIFIED BY ", GONE])


@given(st.lists(pieces | st.text(max_size=4), max_size=25).map("".join))
def test_hostile_text_never_raises_and_a_second_search_finds_nothing(text: str) -> None:
    cell = text.encode("utf-8", "replace").decode()
    once = clean_one(cell)
    assert clean(once) == ([once], 0)


RARER = r"""
    pwd secret credential encrypted_extra authorization session api_key private-key account.key signature sig= %70wd
    bearer PRIVATE KEY ----- BEGIN END :\/\/ %2f%2f X-Amz-Signature := => == b' @ \u0070 Passphrase
"""
spelt = ["\N{LATIN SMALL LETTER LONG S}ecret", "identified with x as ", "-----BEGIN RSA PRIVATE KEY-----"]
rarer = st.sampled_from([*RARER.split(), *spelt])


@given(st.lists(pieces | rarer | st.text(max_size=4), max_size=25).map("".join))
def test_text_that_is_passed_over_at_a_glance_holds_nothing_for_the_rules(text: str) -> None:
    assert _clean_plain(text, 0) == _apply_rules(text, 0)
