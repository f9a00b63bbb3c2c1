"""`firstbell migrate`: bring the database to this program's schema."""

import argparse

from collector.commands import add_parser, settings_of, with_database
from collector.store.migrate import migrate


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `migrate`."""
    parser = add_parser(
        commands,
        "migrate",
        "Bring the database to this program's schema (the collector does so too when it starts).",
        "firstbell migrate --database 'host=db dbname=firstbell user=firstbell'",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Migrate and say what ran."""
    ran = with_database(settings_of(args), migrate)
    print(f"ran {', '.join(ran)}" if ran else "the database is up to date")
    return 0
