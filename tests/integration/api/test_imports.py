"""A list of devices: tried, refused whole where a line is wrong, written once, in the audit log; scope and size hold."""

from collector.house import House
from collector.store import links
from collector.store.facts import apply_facts
from protocols.wire.batch import Fact
from tests.integration.api.conftest import Client, School

HEAD = "building;name;room;parent\n"
CSV = {"content-type": "text/csv"}


async def test_a_dry_run_changes_nothing_and_an_import_what_it_said(
    house: House, client: Client, school: School
) -> None:
    http = await client("admin")
    text = HEAD + "east;AHU 2 east;Boiler room;AHU 1 east\neast;AHU 9 east;;\n"
    tried = await http.post("/api/v1/imports/devices", content=text, headers=CSV)
    assert tried.status_code == 200, tried.text
    assert (tried.json()["applied"], tried.json()["changed"], len(tried.json()["unmatched"])) == (False, 1, 1)
    assert await links.edges(house.database) == []
    done = (await http.post("/api/v1/imports/devices?apply=true", content=text, headers=CSV)).json()
    assert (done["applied"], done["changed"]) == (True, 1)
    child, parent = school["east.ahu-2"], school["east.ahu-1"]
    assert await links.edges(house.database) == [(child, parent, "uplink", "")]
    row = await house.database.row("select room, parent_id from device where id = %s", [child])
    assert row == {"room": "Boiler room", "parent_id": parent}
    assert [line["action"] for line in await house.database.rows("select action from audit")] == ["devices.import"]


async def test_one_wrong_line_refuses_the_whole_list(house: House, client: Client, school: School) -> None:
    http = await client("admin")
    text = HEAD + "east;AHU 2 east;Boiler room;AHU 1 east\neast;AHU 1 east;;nothing\n"
    said = (await http.post("/api/v1/imports/devices?apply=true", content=text, headers=CSV)).json()
    assert (said["applied"], [line["line"] for line in said["errors"]]) == (False, [3])
    assert await links.edges(house.database) == []


async def test_scope_role_and_size(client: Client, school: School) -> None:
    text = HEAD + "east;AHU 2 east;;\n"
    assert (
        await (await client("operator")).post("/api/v1/imports/devices", content=text, headers=CSV)
    ).status_code == 403
    west = await client("admin", [school["west"]])
    said = (await west.post("/api/v1/imports/devices", content=text, headers=CSV)).json()
    assert [line["column"] for line in said["errors"]] == ["building"]
    large = HEAD + "east;AHU 2 east;;\n" + "\n" * (2 * 1024 * 1024)
    http = await client("admin")
    assert (await http.post("/api/v1/imports/devices", content=large, headers=CSV)).status_code == 200
    over = await http.post("/api/v1/imports/devices", content=b"x" * (20 * 1024 * 1024 + 1), headers=CSV)
    assert over.status_code == 413


async def test_what_the_list_says_goes_before_what_the_device_says_until_it_is_taken_back(
    house: House, client: Client, school: School
) -> None:
    http, device = await client("admin"), school["east.ahu-2"]

    async def says(at: int, **facts: str) -> None:
        async with house.database.transaction() as connection:
            await apply_facts(connection, [device], [Fact(0, at, facts)])

    async def listed(line: str) -> list[object]:
        text = "building;name;address;room;parent\neast;" + line
        done = await http.post("/api/v1/imports/devices?apply=true", content=text, headers=CSV)
        assert done.json()["applied"], done.text
        row = await house.database.row("select name, room, parent_id from device where id = %s", [device])
        assert row is not None
        return list(row.values())

    now = house.clock.now_ms()
    await says(now, name="NPI3F2A1", room="?", address="10.9.9.9")
    await listed("Copier 112;10.9.9.9;112;AHU 1 east")
    await says(now + 1000, name="NPI3F2A1", room="basement", model="x")
    assert await listed(";10.9.9.9;;") == ["Copier 112", "112", school["east.ahu-1"]]
    assert await listed("-;10.9.9.9;-;-") == ["NPI3F2A1", "basement", None]
    assert await links.edges(house.database) == []
    await says(now + 2000, name="NPI3F2A2")
    assert await listed(";10.9.9.9;;") == ["NPI3F2A2", "basement", None]
