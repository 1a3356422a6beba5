"""Jobs that are enqueued in the same transaction as the rows they follow from: that is the whole outbox."""

from __future__ import annotations

from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from store.database import DBOS_SCHEMA, Database
from store.failpoints import reach

PROTOCOL = "conductor-1"  # DBOS application version: a promise about job names and arguments, changed on purpose only
QUEUE = "journeys"  # what a designer or strategist waits for
BACKGROUND = "background"  # ticks, with limits of their own: nobody waits behind them
STUDIES = "studies"  # what takes minutes or hours
QUEUES = (QUEUE, BACKGROUND, STUDIES)

_QUEUE_OF = {"bring_forward": QUEUE, "study": STUDIES}


def queue_of(job: str) -> str:
    """The queue in which jobs of this name wait."""
    return _QUEUE_OF.get(job, BACKGROUND)


class Outbox:
    """Puts jobs into DBOS's queues on the caller's own connection."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._client: Any = None

    async def enqueue(self, connection: AsyncConnection, job: str, *arguments: str, job_id: str) -> None:
        """Enqueue ``job``; it exists when, and only when, the transaction commits. The same ``job_id`` runs once."""
        from dbos import DBOSClient, EnqueueOptions  # imported here: reading commands never need it

        if self._client is None:
            self._client = DBOSClient(
                system_database_url=self._database.address, dbos_system_schema=DBOS_SCHEMA, lazy=True
            )
        options: EnqueueOptions = {
            "workflow_name": job,
            "queue_name": queue_of(job),
            "workflow_id": job_id,
            "app_version": PROTOCOL,
        }
        await connection.run_sync(lambda sync: self._client.enqueue_in_transaction(sync, options, *arguments))
        reach("job:enqueued")

    def close(self) -> None:
        """Let go of the client's own connections."""
        if self._client is not None:
            self._client.destroy()
            self._client = None
