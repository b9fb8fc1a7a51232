"""The configuration of the Superset that the recorder is tested in. Everything in it is made up and local."""

import os
from pathlib import Path

from superset_audit_recorder import configure

RUN_DIR = os.environ["RUN_DIR"]
SECRET_KEY = "recorder-tests-not-a-secret-0123456789abcdef"
SQLALCHEMY_DATABASE_URI = os.environ["METADATA_URI"]
WTF_CSRF_ENABLED = False  # forms are posted without a token
TALISMAN_ENABLED = False
PREVENT_UNSAFE_DB_CONNECTIONS = False  # the analytics database is SQLite
FAB_ADD_SECURITY_API = True
RATELIMIT_ENABLED = False
AUTH_RATE_LIMITED = False
ENABLE_PROXY_FIX = True
FEATURE_FLAGS = {"EMBEDDED_SUPERSET": True}
GUEST_ROLE_NAME = "Gamma"
GUEST_TOKEN_JWT_SECRET = "recorder-tests-not-a-secret-guest-0123456789"

AUDIT_SPOOL_DIR = f"{RUN_DIR}/spool"

# What a test adds, as a site has its own lines above the last one.
exec((Path(RUN_DIR) / "site.py").read_text() if (Path(RUN_DIR) / "site.py").exists() else "")

if os.environ.get("RECORDER") != "off":
    configure(globals())
