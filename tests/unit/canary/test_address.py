from __future__ import annotations

import pytest

from auditctl.canary.address import parse_address
from auditctl.errors import UsageError


@pytest.mark.parametrize(
    ("text", "base", "encrypted", "loopback"),
    [
        ("https://superset.example.org", "https://superset.example.org", True, False),
        ("https://example.org:8443/superset/", "https://example.org:8443/superset", True, False),
        ("http://localhost:8088/", "http://localhost:8088", False, True),
        ("http://127.0.0.9", "http://127.0.0.9", False, True),
        ("http://[::1]:8088", "http://[::1]:8088", False, True),
        ("http://127.0.0.1.example.org", "http://127.0.0.1.example.org", False, False),
    ],
)
def test_an_address_is_taken_as_it_is_given(text: str, base: str, encrypted: bool, loopback: bool) -> None:
    address = parse_address(text)
    assert (address.base, address.encrypted, address.is_loopback) == (base, encrypted, loopback)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("ftp://example.org", "ftp://example.org is no address of a Superset"),
        ("file:///etc/passwd", "is no address of a Superset"),
        ("superset.example.org", "is no address of a Superset"),
        ("https://", "is no address of a Superset"),
        ("https://a:secret@example.org", "the address of Superset holds a user. Use --user and --password-file"),
        ("https://example.org/?x=1", "is no address of a Superset"),
        ("https://example.org/#x", "is no address of a Superset"),
        ("https://example.org/\x1b[2J", "is no address"),
        ("https://example.org/a b", "is no address"),
        ("https://[::1", "this is no address"),
        ("https://example.org:99999", "this is no address"),
    ],
)
def test_what_is_no_address_is_refused(text: str, complaint: str) -> None:
    with pytest.raises(UsageError) as refused:
        parse_address(text)
    assert complaint in refused.value.diagnostics()[0]
    assert "secret" not in refused.value.diagnostics()[0]
    assert refused.value.diagnostics()[0].isprintable()
