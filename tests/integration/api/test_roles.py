"""Roles of points: suggested from their names, confirmed by a person, taken back."""

from httpx import AsyncClient

from collector.house import House
from collector.store import roles
from tests.integration.api.conftest import Client, School


async def _named(house: House, school: School, label: str, name: str) -> int:
    point = school[f"east.ahu-1.{label}"]
    await house.database.execute("update point set name = %s where id = %s", [name, point])
    return point


async def _roles(client: AsyncClient, device: int) -> dict[int, tuple[str | None, str | None, str | None]]:
    answer = await client.get(f"/api/v1/devices/{device}/roles")
    assert answer.status_code == 200
    return {row["point"]: (row["role"], row["suggested"], row["confirmed_by"]) for row in answer.json()["items"]}


async def test_suggested_confirmed_and_taken_back(client: Client, school: School, house: House) -> None:
    supply = await _named(house, school, "analog-input,1", "AHU-1 SA-T")
    mixed = await _named(house, school, "analog-input,2", "AHU-1 MA-T")
    device, boss = school["east.ahu-1"], await client("admin")
    assert await _roles(boss, device) == {
        supply: ("supply_temp", "supply_temp", None),
        mixed: ("mixed_temp", "mixed_temp", None),
    }
    said = {"roles": {str(supply): "return_temp", str(mixed): None}}
    assert (await boss.put(f"/api/v1/devices/{device}/roles", json=said)).status_code == 200
    found = await _roles(boss, device)
    assert found[supply][:2] == ("return_temp", "supply_temp")
    assert found[mixed][0] is None
    assert found[mixed][2] is not None
    assert await roles.confirmed(house.database) == {supply: "return_temp", mixed: None}
    assert (await boss.put(f"/api/v1/devices/{device}/roles", json={"roles": {}})).status_code == 200
    assert await roles.confirmed(house.database) == {}
    lines = await house.database.rows("select action from audit where action = 'device.roles'")
    assert len(lines) == 2


async def test_refused(client: Client, school: School) -> None:
    boss = await client("admin")
    device = school["east.ahu-1"]
    wrong = await boss.put(f"/api/v1/devices/{device}/roles", json={"roles": {"1": "suply_temp"}})
    assert wrong.status_code == 422
    assert "supply_temp" in wrong.json()["detail"]
    viewer = await client("viewer", [school["west"]])
    assert (await viewer.get(f"/api/v1/devices/{device}/roles")).status_code == 404
    assert (await viewer.put(f"/api/v1/devices/{device}/roles", json={"roles": {}})).status_code == 403
    away = await client("admin", [school["west"]])
    assert (await away.put(f"/api/v1/devices/{device}/roles", json={"roles": {}})).status_code == 404


async def test_points_of_other_devices_are_left_alone(client: Client, school: School, house: House) -> None:
    boss = await client("admin")
    stranger = school["west.ahu-1.analog-input,1"]
    device = school["east.ahu-1"]
    answer = await boss.put(f"/api/v1/devices/{device}/roles", json={"roles": {str(stranger): "supply_temp"}})
    assert answer.status_code == 200
    assert await roles.confirmed(house.database) == {}
