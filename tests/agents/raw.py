"""Streams of any bytes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tests.endpoint import Request, Wire


@dataclass
class Raw:
    """Any bytes as a stream, each of ``chunks`` in a write of its own."""

    chunks: Sequence[bytes]

    async def play(self, request: Request, wire: Wire) -> None:
        await wire.open_stream()
        for chunk in self.chunks:
            await wire.chunk(chunk)
        await wire.close_stream()
