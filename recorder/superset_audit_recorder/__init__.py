"""Makes Apache Superset record what auditors ask for: sign-ins, changes of access, refused acts, SQL, exports."""

__version__ = "0.1.0"
