"""Whether libpq can read where a database is said to be: nothing is connected."""

import psycopg
from psycopg.conninfo import conninfo_to_dict


def check_dsn(dsn: str) -> str:
    """`dsn`, if libpq can read it. Raises `ValueError`, which does not repeat it: it may hold a password."""
    try:
        conninfo_to_dict(dsn)
    except psycopg.ProgrammingError:
        raise ValueError("must be a libpq string or URL, as in `host=db dbname=firstbell user=firstbell`") from None
    return dsn
