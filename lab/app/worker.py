"""One worker process: `python -m lab.app.worker`."""

from __future__ import annotations

import os

import psutil
import redis
from rq import Queue, SimpleWorker, Worker
from rq.exceptions import NoSuchJobError
from rq.job import Job
from rq.registry import StartedJobRegistry
from rq.utils import as_text

from lab.app.outbox import QUEUE
from lab.app.settings import Settings


def recover(queue: Queue) -> None:
    """Put back what workers had begun that are no more; all of them run on this machine."""
    begun, taken = StartedJobRegistry(queue=queue), queue.connection.lrange(queue.intermediate_queue_key, 0, -1)
    living = {worker.name for worker in Worker.all(connection=queue.connection) if psutil.pid_exists(worker.pid or 0)}
    for name, _ in begun.get_job_and_execution_ids(cleanup=False):
        try:
            job = Job.fetch(name, connection=queue.connection)
        except NoSuchJobError:
            continue
        if job.worker_name not in living:
            begun.remove_executions(job)
            queue.enqueue_job(job, at_front=True)
    if not living:  # nobody is between taking these and beginning them; who removes one puts it back
        for one in map(as_text, taken):
            if queue.connection.lrem(queue.intermediate_queue_key, 1, one):
                queue.push_job_id(one, at_front=True)


if __name__ == "__main__":
    connection = redis.Redis.from_url(Settings.read(os.environ).queue)
    mine = Queue(QUEUE, connection=connection)
    recover(mine)
    # SimpleWorker, for a job runs in this process and finds the relay session of the one before it.
    SimpleWorker([mine], connection=connection).work(logging_level="WARNING")
