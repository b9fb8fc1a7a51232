"""PostgreSQL and MariaDB for tests: real servers that live as long as the test run, filled from SQLite files.

    def test_something(server: Server, databases: Databases) -> None:   # once with each server
        loaded = databases.shared(server, FIXTURE)                      # loaded once per run: only read it
        with databases.private(server, FIXTURE) as loaded:              # a copy of one's own, dropped afterwards
            loaded.url()                                                # its SQLAlchemy URL, of the administrator
            loaded.run("DELETE FROM logs WHERE id = 7")                 # as the administrator, committed at once
            loaded.left_out                                             # rows that a typed database cannot hold

The fixtures `server` (each in turn), `postgresql`, `mariadb` and `databases` come from tests.servers.fixtures. The
first test that asks for a server starts both, once for all pytest-xdist workers; where one cannot be had its tests are
skipped and the reason says why. Roles and accounts belong to the whole server: name those of a test with
`Server.fresh_name()`, and drop them.
"""
