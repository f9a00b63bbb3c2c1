"""Health, metrics and the docs: what orchestrators, Prometheus and people look at."""

import json

import jsonschema_rs
from prometheus_client.parser import text_string_to_metric_families

from collector.api.schema import operations, shown


async def test_alive_at_both_places(client):
    nobody = await client(None)
    for path in ("/healthz", "/api/v1/healthz"):
        answer = await nobody.get(path)
        assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


async def test_not_ready_without_a_broker_and_it_says_so(client):
    answer = await (await client(None)).get("/readyz")
    assert answer.status_code == 503
    ready = answer.json()
    assert ready["database"] == {"ok": True, "detail": "ok"}
    assert ready["broker"] == {"ok": False, "detail": "not connected yet"}
    assert ready["ready"] is False


async def test_not_ready_while_the_database_is_waited_for(client, house):
    house.starting = "waiting for the database: nobody there"
    ready = (await (await client(None)).get("/api/v1/readyz")).json()
    assert ready["database"] == {"ok": False, "detail": "waiting for the database: nobody there"}


async def test_not_ready_while_a_loop_is_down(client, house):
    house.supervisor.failed["problems"] = "ValueError: x"
    ready = (await (await client(None)).get("/readyz")).json()
    assert ready["ingest"] == {"ok": False, "detail": "problems stopped and starts again by itself: ValueError: x"}


async def test_metrics_are_prometheus_text(client, house):
    house.ingest.counters.committed_samples += 7
    house.ingest.counters.refused["future"] += 2
    house.ingest.counters.commit_seconds.observe(0.02)
    answer = await (await client()).get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=")
    families = {family.name: family for family in text_string_to_metric_families(answer.text)}
    assert families["firstbell_ingest_committed_samples"].samples[0].value == 7
    assert families["firstbell_ingest_refused_batches"].samples[0].labels == {"reason": "future"}
    buckets = {sample.labels.get("le"): sample.value for sample in families["firstbell_ingest_commit_seconds"].samples}
    assert (buckets["0.01"], buckets["0.025"], buckets["+Inf"]) == (0, 1, 1)
    assert all(family.documentation for family in families.values())


async def test_whatever_is_sent_or_answered_has_an_example_that_fits(client):
    schema = (await (await client()).get("/api/v1/openapi.json")).json()
    seen = 0
    for path, _, operation in operations(schema):
        contents = [response.get("content", {}) for response in operation["responses"].values()]
        contents.append(operation.get("requestBody", {}).get("content", {}))
        for content in filter(None, contents):
            example = shown(schema, content)
            assert example or path.endswith("/metrics"), (path, list(content))
            for media, kind in content.items():
                if media.endswith(("/json", "+json")) and example:
                    whole = {**kind["schema"], "components": schema["components"]}
                    jsonschema_rs.Draft202012Validator(whole).validate(json.loads(example))
                    seen += 1
    assert seen > 100


async def test_the_docs_page_shows_every_route_and_asks_no_other_server(client):
    viewer = await client()
    schema = (await viewer.get("/api/v1/openapi.json")).json()
    page = await viewer.get("/api/v1/docs")
    assert page.headers["content-type"].startswith("text/html")
    for path, methods in schema["paths"].items():
        for method in methods:
            assert f"{method.upper()} {path}" in page.text
    assert "http://" not in page.text.replace("http://test/", "")
    assert "https://" not in page.text
    assert "<script" not in page.text
    assert " style=" not in page.text
    assert (await viewer.get("/api/v1/docs.css")).headers["content-type"].startswith("text/css")
