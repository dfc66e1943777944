"""DuckDB's own extension module, without the Python package around it.

That package costs 80 ms at every start for an API of relations that we do not use; `stats` on a small folder takes
less than that. Where the module is called otherwise, the package serves as well.
"""

try:
    import _duckdb as duckdb
except ImportError:
    import duckdb  # type: ignore[no-redef]  # the same classes under the other name

__all__ = ["LIMITED", "ROOM_MB", "UNLIMITED", "duckdb"]

ROOM_MB = 100
"""What the database may hold in memory while calls are replayed apart. Over a million calls that keeps 200 MB away from
the window, for half as much processor time again. The limit is one for all questions to a database, so whoever needs
more takes it away.
"""

LIMITED, UNLIMITED = f"SET memory_limit = '{ROOM_MB}MB'", "RESET memory_limit"
