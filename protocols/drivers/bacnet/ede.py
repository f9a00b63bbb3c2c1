"""Names of objects from an EDE file, the engineering data exchange table (CSV) that integrators hand over.

Lines that begin with `#` are comments; columns are found by the header line: object-type, object-instance, object-name
or description (EDE layout 2.3: keyname; device obj.-instance; object-name; object-type; object-instance; description; …).
"""

import csv
from pathlib import Path

from protocols.drivers.bacnet.decode import ObjectId
from protocols.errors import OptionError


def read_ede(path: str) -> dict[ObjectId, str]:
    """Object → name. Raises `OptionError` when the file cannot be read or has no such columns."""
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise OptionError(f"option ede = {path!r}: {error.strerror}") from error
    names = parse_ede(content.decode("utf-8-sig", "replace"))
    if not names:
        raise OptionError(
            f"option ede = {path!r}: no objects in it; expected an EDE table with the columns "
            "object-name, object-type and object-instance"
        )
    return names


def parse_ede(content: str) -> dict[ObjectId, str]:
    """Object → name, from the text of an EDE file; rows that make no sense are left out."""
    delimiter = ";" if content.count(";") >= content.count(",") else ","
    columns: dict[str, int] = {}
    names: dict[ObjectId, str] = {}
    for row in csv.reader(content.splitlines(), delimiter=delimiter):
        heads = [cell.strip().strip("#").strip().lower() for cell in row]
        if "object-type" in heads and "object-instance" in heads:
            columns = {head: place for place, head in enumerate(heads)}
        elif columns and row and not row[0].startswith("#"):
            _take(row, columns, names)
    return names


def _take(row: list[str], columns: dict[str, int], names: dict[ObjectId, str]) -> None:
    def cell(column: str) -> str:
        place = columns.get(column, len(row))
        return row[place].strip() if place < len(row) else ""

    kind, instance, name = cell("object-type"), cell("object-instance"), cell("object-name") or cell("description")
    if kind.isdigit() and instance.isdigit() and name:
        names[int(kind), int(instance)] = name[:200]
