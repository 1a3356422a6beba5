"""What one practice turn adds to the bare model stream.

    python -m benchmarks.turn --turns 40

One scripted model endpoint (300 ms to the first token, then 40 tokens 5 ms apart) is asked in three ways, in turn:

- *raw*: httpx reads the stream;
- *minimal*: a LangGraph graph with one ChatOpenAI node behind FastAPI, streamed as server-sent events;
- *Conductor*: a learner's turn over its HTTP API on SQLite: guard, detectors, reveal rules, the persona streamed,
  screening, everything sealed and stored.

Raw and minimal are sent a fixed history of 20 messages; Conductor sends its persona's prompt with the conversation so
far. Endpoint, minimal server and Conductor are processes of their own; CPU is that of the process that talks to the
model.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import os
import random
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import psutil  # type: ignore[import-untyped]

from benchmarks import keep, median

FIRST_TOKEN, PER_TOKEN, TOKENS = 0.3, 0.005, 40
HISTORY = [
    (role, f"Line {number} of what was said before: the date has moved, and we talk about what that means for us.")
    for number in range(10)
    for role in ("user", "assistant")
]
PARTS = (
    (
        "Since Monday",
        "After the call",
        "Before lunch",
        "In the spring",
        "By the weekend",
        "On the second day",
        "Until then",
    ),
    ("the warehouse", "my deputy", "the night crew", "our planner", "the driver", "the whole floor", "a colleague"),
    (
        "counted boxes",
        "waited outside",
        "rang three times",
        "moved the pallets",
        "asked around",
        "left early",
        "signed it",
    ),
    ("without a word", "in the rain", "for an hour", "with good reason", "as usual", "by hand", "twice over"),
)
SAID = (
    "What has this week been like for you?",
    "That sounds exhausting. How did you deal with it?",
    "Tell me more about what happened there.",
    "What would help you most right now?",
    "How do you see the next two weeks?",
)


def pieces() -> Iterator[list[str]]:
    """Replies of exactly 40 tokens that never repeat a sentence, for ever."""
    # Conductor takes a reply that repeats itself again, which is right and would spoil the comparison.
    sentences = list(itertools.product(*PARTS))
    random.Random(7).shuffle(sentences)
    endless = itertools.cycle(sentences)
    while True:
        words: list[str] = []
        while len(words) < TOKENS:
            words += (" ".join(next(endless)) + ".").split()
        yield [f" {word}" for word in words[:TOKENS]]


def play_endpoint() -> None:
    """Serve the scripted model until killed."""
    from tests.endpoint.answers import Text
    from tests.endpoint.server import Answering, Endpoint, Request

    replies = pieces()

    def script(request: Request) -> Answering:
        said = next(replies)
        return Text("".join(said), first_token=FIRST_TOKEN, per_token=PER_TOKEN, pieces=said)

    with Endpoint(script, keep_alive=True) as endpoint:
        print(endpoint.url, flush=True)
        threading.Event().wait()


def play_minimal(model_url: str, port: int) -> None:
    """Serve the smallest streaming LangGraph application there is."""
    import uvicorn
    from fastapi import FastAPI
    from fastapi.responses import StreamingResponse
    from langchain_openai import ChatOpenAI
    from langgraph.graph import START, MessagesState, StateGraph
    from pydantic import SecretStr

    chat = ChatOpenAI(model="scripted", base_url=model_url, api_key=SecretStr("none"), stream_usage=True)

    async def reply(state: MessagesState) -> dict[str, Any]:
        return {"messages": [await chat.ainvoke(state["messages"])]}

    graph = StateGraph(MessagesState).add_node("reply", reply).add_edge(START, "reply").compile()
    app = FastAPI()

    @app.get("/ready")
    async def ready() -> dict[str, str]:
        return {}

    @app.post("/chat")
    async def chatting(body: dict[str, Any]) -> StreamingResponse:
        async def told() -> AsyncIterator[str]:
            given: Any = {"messages": [tuple(each) for each in body["messages"]]}
            async for chunk, _ in graph.astream(given, stream_mode="messages"):
                if chunk.content:  # type: ignore[union-attr]
                    yield f"event: piece\ndata: {json.dumps(chunk.content)}\n\n"  # type: ignore[union-attr]
            yield "event: done\ndata: {}\n\n"

        return StreamingResponse(told(), media_type="text/event-stream")

    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning")


class Timing:
    """One turn as its listener lived it."""

    def __init__(self) -> None:
        self.began = time.perf_counter()
        self.first = 0.0
        self.total = 0.0
        self.pieces = 0

    def piece(self) -> None:
        self.pieces += 1
        if self.pieces == 1:
            self.first = time.perf_counter() - self.began

    def done(self) -> Timing:
        self.total = time.perf_counter() - self.began
        if self.pieces != TOKENS:
            raise RuntimeError(f"{self.pieces} pieces arrived instead of {TOKENS}")
        return self


async def raw_turn(client: httpx.AsyncClient, model_url: str) -> Timing:
    messages = [{"role": role, "content": text} for role, text in HISTORY]
    body = {"model": "scripted", "stream": True, "messages": messages}
    timing = Timing()
    async with client.stream("POST", f"{model_url}/chat/completions", json=body) as answer:
        async for line in answer.aiter_lines():
            if line.startswith("data: {") and json.loads(line[6:])["choices"][0]["delta"].get("content"):
                timing.piece()
    return timing.done()


async def heard(answer: httpx.Response, timing: Timing) -> dict[str, Any]:
    """Listen to events until the turn is over, and give what the last one said."""
    kind, last = "", {}
    async for line in answer.aiter_lines():
        if line.startswith("event: "):
            kind = line[7:]
        elif line.startswith("data: "):
            if kind == "piece":
                timing.piece()
            elif kind == "done":
                last = json.loads(line[6:])
            else:
                raise RuntimeError(f"{kind}: {line}")
    return last


async def minimal_turn(client: httpx.AsyncClient, url: str) -> Timing:
    timing = Timing()
    async with client.stream("POST", f"{url}/chat", json={"messages": HISTORY}) as answer:
        await heard(answer, timing)
    return timing.done()


class Learner:
    """Somebody who practises the same scenario again and again."""

    def __init__(self, client: httpx.AsyncClient, scenario: str) -> None:
        self._client = client
        self._scenario = scenario
        self._practice = ""
        self._said = 0

    async def prepare(self) -> None:
        """Begin anew where the last practice is over or has had its turns; this is not timed."""
        if not self._practice or self._said == len(SAID):
            begun = await self._client.post(f"/api/v1/scenarios/{self._scenario}/practices", json={})
            self._practice, self._said = begun.raise_for_status().json()["practice_id"], 0

    async def turn(self) -> Timing:
        timing = Timing()
        where = f"/api/v1/practices/{self._practice}/turns"
        begun = await self._client.post(where, json={"text": SAID[self._said]})
        async with self._client.stream("GET", begun.raise_for_status().json()["stream"]) as answer:
            last = await heard(answer, timing)
        self._said += 1
        if last.get("ended"):
            self._practice = ""
        return timing.done()


async def signed_scenario(client: httpx.AsyncClient, logins: dict[str, str]) -> str:
    """Have a designer sign what the demo ordered, and give the id of the signed version."""
    await log_in(client, logins, "maria")
    for _ in range(300):
        waiting = (await client.get("/api/v1/checkpoints")).raise_for_status().json()
        for each in waiting:
            review = (await client.get(f"/api/v1/checkpoints/{each['id']}")).raise_for_status().json()
            if review["verdict"]["outcome"] == "aligned":
                decision = {"kind": "approve", "review_digest": review["review_digest"]}
                answer = await client.post(f"/api/v1/checkpoints/{each['id']}/decisions", json=decision)
                answer.raise_for_status()
                return str(each["subject_id"])
        await asyncio.sleep(0.2)
    raise RuntimeError("no scenario of the demo was judged to be aligned")


async def log_in(client: httpx.AsyncClient, logins: dict[str, str], login: str) -> None:
    (await client.post("/api/v1/session", json={"login": login, "password": logins[login]})).raise_for_status()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def process(command: list[str], **options: Any) -> Iterator[subprocess.Popen[str]]:
    running = subprocess.Popen(command, text=True, **options)
    try:
        yield running
    finally:
        running.terminate()
        running.wait(20)


async def ready(url: str) -> None:
    async with httpx.AsyncClient() as client:
        for _ in range(600):
            try:
                if (await client.get(f"{url}/ready")).status_code == 200:
                    return
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.05)
    raise RuntimeError(f"{url} does not answer")


def cpu_of(pid: int) -> float:
    spent = psutil.Process(pid).cpu_times()
    return float(spent.user + spent.system)


async def measure(turns: int, at_once: int, rounds: int) -> dict[str, dict[str, list[float]]]:
    """Time ``turns`` turns one after the other, then ``rounds`` times ``at_once`` at once, in each of three ways."""
    figures: dict[str, dict[str, list[float]]] = {}
    here = [sys.executable, "-m", "benchmarks.turn"]
    with ExitStack() as running:
        folder = running.enter_context(tempfile.TemporaryDirectory())
        endpoint = running.enter_context(process([*here, "--play", "endpoint"], stdout=subprocess.PIPE))
        assert endpoint.stdout is not None
        model_url = endpoint.stdout.readline().strip()
        ports = free_port(), free_port()
        small = running.enter_context(process([*here, "--play", "minimal", model_url, str(ports[0])]))
        ours = {name: value for name, value in os.environ.items() if not name.startswith("CONDUCTOR_")}
        persona = "CONDUCTOR_MODELS__PERSONA__"
        ours |= {
            f"{persona}PLAYER": "model",
            f"{persona}MODEL__BASE_URL": model_url,
            f"{persona}MODEL__MODEL": "scripted",
        }
        command = [str(Path(sys.executable).with_name("conductor")), "serve", "--demo", "--port", str(ports[1])]
        server = running.enter_context(process(command, cwd=folder, env=ours, stdout=subprocess.DEVNULL))
        minimal_url, conductor_url = (f"http://127.0.0.1:{port}" for port in ports)
        await asyncio.gather(ready(minimal_url), ready(conductor_url))
        logins = {
            entry["login"]: entry["password"]
            for entry in json.loads((Path(folder) / "var" / "demo-logins.json").read_text(encoding="utf-8"))
        }
        async with (
            httpx.AsyncClient(timeout=60) as plain,
            httpx.AsyncClient(timeout=60, base_url=conductor_url, limits=httpx.Limits(max_connections=500)) as client,
        ):
            scenario = await signed_scenario(client, logins)
            await log_in(client, logins, "amir")
            learners = [Learner(client, scenario) for _ in range(at_once)]
            pids = {"raw": os.getpid(), "minimal": small.pid, "conductor": server.pid}

            async def play(way: str, who: Learner) -> Timing:
                if way == "raw":
                    return await raw_turn(plain, model_url)
                return await (minimal_turn(plain, minimal_url) if way == "minimal" else who.turn())

            async def several(way: str, case: str, count: int, *, counted: bool) -> None:
                for who in learners[:count]:
                    await who.prepare()
                before, began = cpu_of(pids[way]), time.perf_counter()
                done = await asyncio.gather(*(play(way, who) for who in learners[:count]))
                seconds, spent = time.perf_counter() - began, cpu_of(pids[way]) - before
                if not counted:
                    return
                entry = figures.setdefault(
                    f"{way}, {case}", {"first_ms": [], "total_ms": [], "cpu_ms": [], "per_s": []}
                )
                entry["first_ms"] += [round(each.first * 1000, 1) for each in done]
                entry["total_ms"] += [round(each.total * 1000, 1) for each in done]
                entry["cpu_ms"].append(round(spent * 1000 / count, 2))
                entry["per_s"].append(round(count / seconds, 2))

            for number in range(turns + 2):
                for way in pids:
                    await several(way, "one at a time", 1, counted=number >= 2)
            for number in range(rounds + 1):
                for way in pids:
                    await several(way, f"{at_once} at once", at_once, counted=number >= 1)
    return figures


def main() -> None:
    """Measure, show and keep."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.turn", description=__doc__)
    parser.add_argument("--turns", type=int, default=40)
    parser.add_argument("--at-once", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--play", nargs="+", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.play:
        if given.play[0] == "endpoint":
            return play_endpoint()
        return play_minimal(given.play[1], int(given.play[2]))
    figures = asyncio.run(measure(given.turns, given.at_once, given.rounds))
    names = {"raw": "raw httpx", "minimal": "minimal LangGraph + ChatOpenAI", "conductor": "Conductor"}
    rows = []
    for case, figure in figures.items():
        way, _, how = case.partition(", ")
        raw = figures[f"raw, {how}"]
        first, total = median(figure["first_ms"]), median(figure["total_ms"])
        added = (
            "–" if way == "raw" else f"{first - median(raw['first_ms']):+.0f} / {total - median(raw['total_ms']):+.0f}"
        )
        cpu = sum(figure["cpu_ms"]) / len(figure["cpu_ms"])
        rows.append((f"{names[way]}, {how}", first, total, added, f"{cpu:.0f}", median(figure["per_s"], 1)))
    keep(
        "turn",
        title="One practice turn",
        about=f"A scripted endpoint: {FIRST_TOKEN * 1000:.0f} ms to the first token, then {TOKENS} tokens "
        f"{PER_TOKEN * 1000:.0f} ms apart. Medians of {given.turns} turns one at a time, and of {given.rounds} rounds "
        f"of {given.at_once} at once; they take turns. *Added* is to raw httpx in the same run. CPU is a mean "
        "per turn of the process that talks to the model (for raw, that is the measuring client itself).",
        columns=("Way", "First token, ms", "Whole turn, ms", "Added, ms", "CPU, ms/turn", "Turns/s"),
        rows=rows,
        raw=figures,
    )
    return None


if __name__ == "__main__":
    main()
