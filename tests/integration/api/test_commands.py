"""Commands to agents: who may ask, what goes to the agent, what comes back; once, and not after its time."""

from fastapi import FastAPI

from collector.fleet.asking import Asking
from collector.house import House
from collector.store import commands
from protocols.clock import ManualClock, utc
from protocols.mqtt import Message
from protocols.wire.commands import Result, encode_result
from tests.integration.api.conftest import Client, School


async def test_a_poll_is_asked_answered_and_audited(
    house: House, client: Client, school: School, clock: ManualClock
) -> None:
    http = await client("operator")
    asked = await http.post("/api/v1/agents/east/commands", json={"name": "poll", "devices": ["ahu-1"]})
    assert asked.status_code == 202
    where = f"/api/v1/agents/east/commands/{asked.json()['id']}"
    assert asked.json()["state"] == "waiting"
    (row,) = await commands.take(house.database, utc(clock.now_ms()))
    assert (row["name"], row["args"]) == ("poll", {"devices": ["ahu-1"]})
    assert await commands.take(house.database, utc(clock.now_ms())) == []
    assert (await http.get(where)).json()["state"] == "sent"
    asking: Asking = house.asking
    for agent, ok in (("west", False), ("east", True), ("east", False)):  # another's, its own, a second one
        said = encode_result(
            Result(row["id"], ok, {"ahu-1": {"reachable": True, "value": float("nan"), "text": "a\x00b"}})
        )
        await asking.take_in(Message(f"firstbell/v1/{agent}/result", said, None, False))
    found = (await http.get(where)).json()
    assert (found["state"], found["ok"]) == ("answered", True)
    assert found["answer"] == {"ahu-1": {"reachable": True, "value": "nan", "text": "ab"}}
    lines = await house.database.rows("select action, target, after from audit")
    assert lines == [{"action": "agent.poll", "target": "east", "after": {"devices": ["ahu-1"]}}]


async def test_what_has_expired_is_never_sent(house: House, client: Client, school: School, clock: ManualClock) -> None:
    http = await client("operator")
    asked = (await http.post("/api/v1/agents/east/commands", json={"name": "read", "devices": ["ahu-1"]})).json()
    await clock.advance(61)
    assert await commands.take(house.database, utc(clock.now_ms())) == []
    assert (await http.get(f"/api/v1/agents/east/commands/{asked['id']}")).json()["state"] == "expired"


async def test_who_may_not_and_what_cannot(app: FastAPI, client: Client, school: School) -> None:
    body = {"name": "poll", "devices": ["ahu-1"]}
    assert (await (await client("viewer")).post("/api/v1/agents/east/commands", json=body)).status_code == 403
    inside = await client("operator", [school["west"]])
    assert (await inside.post("/api/v1/agents/east/commands", json=body)).status_code == 404
    http = await client("operator")
    for name in ("discover", "restart", "update"):
        refused = await http.post("/api/v1/agents/east/commands", json=body | {"name": name})
        assert refused.status_code == 422
        assert "yet" in refused.json()["detail"]
    two = await http.post("/api/v1/agents/east/commands", json={"name": "read", "devices": ["a", "b"]})
    assert two.status_code == 422
