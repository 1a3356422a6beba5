"""Steps of the main job over HTTP, as its users take them."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx

from tests.company import BRIEF, Company


def ok(answer: httpx.Response, status: int = 200) -> Any:
    """The body of an answer that must have this status."""
    assert answer.status_code == status, answer.text
    return answer.json() if answer.content else None


async def order(client: httpx.AsyncClient, company: Company, **changes: Any) -> str:
    """Order a scenario and wait for its checkpoint; gives the checkpoint's id."""
    brief = BRIEF.model_dump(mode="json") | changes
    run_id = ok(await client.post(f"/api/v1/programmes/{company.programme_id}/scenarios", json=brief), 202)["run_id"]
    return await checkpoint_of(client, run_id)


async def checkpoint_of(client: httpx.AsyncClient, run_id: str) -> str:
    """Wait until a run waits for a person."""
    for _ in range(400):
        view = ok(await client.get(f"/api/v1/runs/{run_id}"))
        if view["checkpoint_id"]:
            return str(view["checkpoint_id"])
        assert view["run"]["stage"] != "errored", view
        await asyncio.sleep(0.05)
    raise AssertionError(f"the run stays at {view['run']['stage']}")


async def approve(client: httpx.AsyncClient, checkpoint_id: str, **body: Any) -> httpx.Response:
    """Approve what is shown."""
    shown = ok(await client.get(f"/api/v1/checkpoints/{checkpoint_id}"))
    decision = {"kind": "approve", "review_digest": shown["review_digest"]} | body
    return await client.post(f"/api/v1/checkpoints/{checkpoint_id}/decisions", json=decision)


async def publish(designer: httpx.AsyncClient, company: Company) -> str:
    """Order and approve; gives the signed version's id."""
    checkpoint_id = await order(designer, company)
    return str(ok(await approve(designer, checkpoint_id), 201)["subject_id"])


async def say(client: httpx.AsyncClient, practice_id: str, text: str) -> tuple[str, list[tuple[str, str, Any]]]:
    """Say something and hear it out; gives the whole reply and the events as (id, kind, data)."""
    speaking = ok(await client.post(f"/api/v1/practices/{practice_id}/turns", json={"text": text}), 202)
    events = await hear(client, speaking["stream"])
    return "".join(data["text"] for _, kind, data in events if kind == "piece"), events


async def hear(client: httpx.AsyncClient, url: str, after: str = "") -> list[tuple[str, str, Any]]:
    """All events of a stream."""
    headers = {"Last-Event-ID": after} if after else {}
    answer = await client.get(url, headers=headers)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/event-stream")
    return parse(answer.text)


def parse(text: str) -> list[tuple[str, str, Any]]:
    """Server-sent events as (id, kind, data)."""
    found = []
    for block in text.strip().split("\n\n"):
        lines = dict(line.split(": ", 1) for line in block.split("\n"))
        found.append((lines["id"], lines["event"], json.loads(lines["data"])))
    return found
