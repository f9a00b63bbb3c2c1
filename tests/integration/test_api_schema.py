"""The API against its own description: generated requests, none answered with a server error or another shape."""

import asyncio
import os
import subprocess
import sys
from datetime import UTC, datetime

import httpx
import pytest

from collector.store import accounts

EXCLUDED = "/live$|/enrol|/test$"
"""A stream has no end; enrolment and channel tests reach out of the API."""


@pytest.fixture
async def server(dsn, database, broker, new_port, tmp_path):
    """A collector of its own process: its address, and a token of an operator."""
    address = f"127.0.0.1:{new_port()}"
    arguments = ["--data", tmp_path, "--database", dsn, "--http", address, "--broker", f"127.0.0.1:{broker}"]
    with (tmp_path / "log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "deploy.cli", "collector", *map(str, arguments), stderr=log
        )
    token = await accounts.create_token(database, "t", "operator", None, None, datetime.now(UTC))
    async with httpx.AsyncClient(base_url=f"http://{address}") as client:
        for _ in range(600):
            try:
                if (await client.get("/readyz")).status_code == 200:
                    break
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.05)
    yield f"http://{address}", token
    process.terminate()
    await process.wait()
    assert b"Traceback" not in (tmp_path / "log").read_bytes()


@pytest.mark.timeout(240)
async def test_generated_requests_are_answered_as_described(server, tmp_path):
    url, token = server
    program = await asyncio.create_subprocess_exec(
        sys.executable, "-c", "from schemathesis.cli import schemathesis; schemathesis()", "run",
        f"{url}/api/v1/openapi.json", "--header", f"Authorization: Bearer {token}",
        "--checks", "not_a_server_error,content_type_conformance,response_schema_conformance",
        "--max-examples", "15", "--phases", "examples,fuzzing", "--exclude-path-regex", EXCLUDED, "--seed", "7",
        "--rate-limit", "50/s", "--max-time", "45", "--no-color",
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=tmp_path,
        env={**os.environ, "PYTHONWARNINGS": "ignore"},
    )  # fmt: skip
    output, _ = await program.communicate()
    assert program.returncode == 0, output.decode()[-6000:]
    assert b"Tested: " in output or b"API Operations" in output, output.decode()[-2000:]
