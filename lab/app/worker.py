"""One worker process: `python -m lab.app.worker`."""

from __future__ import annotations

import os

import redis
from rq import Queue, SimpleWorker

from lab.app.outbox import QUEUE
from lab.app.settings import Settings

if __name__ == "__main__":
    connection = redis.Redis.from_url(Settings.read(os.environ).queue)
    # SimpleWorker, for a job runs in this process and finds the relay session of the one before it.
    SimpleWorker([Queue(QUEUE, connection=connection)], connection=connection).work(logging_level="WARNING")
