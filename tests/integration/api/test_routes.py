"""Channels, people and routes as an administrator sets them."""

from typing import Any

ROUTE = {"name": "Heating", "kinds": ["hvac"], "steps": [{"people": [1]}, {"after_min": 10, "channels": [1]}]}


async def test_channels_people_and_routes_are_made_changed_and_removed(client: Any, school: Any, database: Any) -> None:
    admin = await client("admin")
    made = await admin.post("/api/v1/channels", json={"name": "hook", "url": "https://hook.example/secret"})
    assert made.status_code == 201, made.text
    assert made.json()["signing_secret"].startswith("whsec_")
    listed = await admin.get("/api/v1/channels")
    assert "secret" not in listed.text
    assert (await admin.post("/api/v1/channels", json={"name": "hook", "url": "https://x.example/"})).status_code == 422
    assert (await admin.post("/api/v1/channels", json={"name": "odd", "url": "file:///etc/passwd"})).status_code == 422
    person = await admin.post(
        "/api/v1/people", json={"name": "Dana", "channels": [1], "quiet_from": 1320, "quiet_to": 360}
    )
    assert person.status_code == 201, person.text
    answer = await admin.put("/api/v1/routes", json={"items": [ROUTE]})
    assert answer.status_code == 200, answer.text
    (route,) = (await admin.get("/api/v1/routes")).json()["items"]
    assert [step["after_min"] for step in route["steps"]] == [0, 10]
    for wrong in (ROUTE | {"buildings": [999]}, ROUTE | {"steps": []}, ROUTE | {"steps": [{"channels": [9]}]}):
        assert (await admin.put("/api/v1/routes", json={"items": [wrong]})).status_code == 422
    assert (await admin.get("/api/v1/routes")).json()["items"] == [route]
    changed = await admin.put("/api/v1/channels/1", json={"name": "hook", "minimum": "critical"})
    assert changed.json()["minimum"] == "critical"
    assert (await admin.delete("/api/v1/people/1")).status_code == 204
    assert (await admin.delete("/api/v1/channels/1")).status_code == 204
    rows = await database.rows("select action from audit order by id")
    assert [row["action"] for row in rows] == [
        "channel.add", "person.add", "routes.set", "channel.change", "person.remove", "channel.remove",
    ]  # fmt: skip


async def test_the_page_of_a_problem_asks_who_one_is_and_acknowledges_once(
    app: Any, client: Any, school: Any, database: Any
) -> None:
    page = f"/p/{school['east.problem']}"
    stranger = await client(None)
    sent = await stranger.get(page)
    assert sent.status_code == 303
    assert sent.headers["location"].startswith("/sign-in?next=")
    token = (await client("operator")).headers["authorization"].removeprefix("Bearer ")
    await stranger.post("/sign-in", data={"token": token, "next": page})
    shown = await stranger.get(page)
    assert "I have it" in shown.text
    csrf = shown.text.partition('name="csrf" value="')[2].partition('"')[0]
    assert (await stranger.post(page + "/acknowledge", data={"csrf": "forged"})).status_code == 403
    for _ in range(2):
        assert (await stranger.post(page + "/acknowledge", data={"csrf": csrf})).status_code == 303
    rows = await database.rows("select who from problem_event where change = 'acknowledged'")
    assert len(rows) == 1
    assert "I have it" not in (await stranger.get(page)).text
