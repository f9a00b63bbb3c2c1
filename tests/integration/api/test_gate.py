"""What every request passes, whatever it asks."""

import pytest

from collector.api.gate import BODY_LIMIT, HEADERS


@pytest.mark.parametrize("path", ["/healthz", "/api/v1/buildings", "/api/v1/nothing", "/api/v1/devices?limit=0"])
async def test_every_answer_has_the_safe_headers(client, path):
    for role in (None, "viewer"):
        answer = await (await client(role)).get(path)
        for name, value in HEADERS.items():
            assert answer.headers[name] == value, name
        assert "unsafe" not in answer.headers["content-security-policy"]


async def test_a_body_that_is_too_long_is_413_declared_or_not(client, school):
    operator = await client("operator")
    path = f"/api/v1/problems/{school['east.problem']}/note"

    async def chunks():
        for _ in range(17):
            yield b" " * (BODY_LIMIT // 16)

    declared = await operator.post(path, content=b" " * (BODY_LIMIT + 1), headers={"content-type": "application/json"})
    streamed = await operator.post(path, content=chunks(), headers={"content-type": "application/json"})
    for answer in (declared, streamed):
        assert answer.status_code == 413
        assert str(BODY_LIMIT) in answer.json()["detail"]
        assert answer.headers["content-type"] == "application/problem+json"


async def test_a_body_that_is_no_json_is_refused(client, school):
    operator = await client("operator")
    path = f"/api/v1/problems/{school['east.problem']}/note"
    for body in (b"{", b"\xff", b'{"note": "\\ud800"}', b"[" * 5000, b'{"note": 1e999}', b""):
        answer = await operator.post(path, content=body, headers={"content-type": "application/json"})
        assert answer.status_code in (400, 422), (body[:20], answer.text)
        assert "body" in answer.json()["detail"]


async def test_a_method_that_is_not_there_is_405(client):
    viewer = await client()
    answer = await viewer.delete("/api/v1/buildings")
    assert answer.status_code == 405
    assert "DELETE" in answer.json()["detail"]


async def test_a_database_out_of_reach_is_503_with_when_to_try_again(app, client, house):
    viewer = await client()
    await house.database.close()
    answer = await viewer.get("/api/v1/buildings")
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "5"
    assert "try again" in answer.json()["detail"]


@pytest.mark.parametrize("path", ["/healthz", "/metrics", "/api/v1/buildings", "/api/v1/live", "/api/v1/docs", "/"])
async def test_head_is_get_without_the_body(client, path):
    viewer = await client()
    head = await viewer.head(path)
    assert (head.status_code, head.content) == (200, b"")
    if path != "/api/v1/live":
        got = await viewer.get(path)
        assert head.headers["content-type"] == got.headers["content-type"]
        assert head.headers.get("etag") == got.headers.get("etag")
    assert (await (await client(None)).head("/api/v1/buildings")).status_code == 401
    assert (await viewer.head("/api/v1/problems/1/note")).status_code == 405


async def test_a_body_of_another_type_is_told_what_to_send(client, school):
    operator = await client("operator")
    path = f"/api/v1/problems/{school['east.problem']}/note"
    for kind in ("text/plain", "application/xml", "application/x-www-form-urlencoded"):
        answer = await operator.post(path, content=b'{"note": "x"}', headers={"content-type": kind})
        assert answer.status_code == 422
        assert "Content-Type: application/json" in answer.json()["detail"]
