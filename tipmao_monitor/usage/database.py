"""DuckDB's own extension module, without the Python package around it.

That package costs 80 ms at every start for an API of relations that we do not use; `stats` on a small folder takes
less than that. Where the module is called otherwise, the package serves as well.
"""

try:
    import _duckdb as duckdb
except ImportError:
    import duckdb  # type: ignore[no-redef]  # the same classes under the other name

__all__ = ["duckdb"]
