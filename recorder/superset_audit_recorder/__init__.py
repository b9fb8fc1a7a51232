"""Makes Apache Superset record what auditors ask for: sign-ins, changes of access, refused acts, SQL, exports."""
