"""The metrics that analysis and conductor read by name, so that a type checker sees a name that is not there.

A probe reads these from here and declares others of its own beside itself. `docs/metrics.md` is made from both.
"""

from __future__ import annotations

from rampart.model import Counter, Gauge, Role

_USED, _FULL, _ERRORS, _DEMAND, _INFO = Role.UTILISATION, Role.SATURATION, Role.ERRORS, Role.DEMAND, Role.INFO

# --- Postgres -----------------------------------------------------------------------------------------------------
_WAIT = ("state", "wait_type", "wait")
DB_SESSIONS = Gauge("db.sessions", "db", _USED, "1", "client sessions by state and wait; no wait is `cpu`", _WAIT)
DB_ACTIVE = Gauge(
    "db.active", "db", _FULL, "1", "active or idle-in-transaction sessions by statement id", ("statement", *_WAIT)
)
DB_CONNECTIONS_USED = Gauge("db.connections.used", "db", _USED, "1", "client connections")
DB_CONNECTIONS_LIMIT = Gauge("db.connections.limit", "db", _INFO, "1", "connections that ordinary roles may open")
DB_IDLE_IN_TRANSACTION_AGE_S = Gauge(
    "db.idle_in_transaction_age_s", "db", _FULL, "s", "longest time that a session has sat idle in a transaction"
)
DB_COMMITS = Counter("db.commits", "db", _DEMAND, "1", "transactions committed")
DB_ROUND_TRIP_MS = Gauge(
    "db.round_trip_ms", "network", _FULL, "ms",
    "the shortest way from the application to its database and back that a second showed: from a statement to its "
    "answer, or from a segment to its acknowledgement",
)  # fmt: skip
DB_DEADLOCKS = Counter("db.deadlocks", "db", _ERRORS, "1", "deadlocks")
DB_BLOCKS_HIT = Counter("db.blocks_hit", "db", _DEMAND, "1", "blocks found in shared buffers")
DB_BLOCKS_READ = Counter("db.blocks_read", "db", _DEMAND, "1", "blocks not in shared buffers")
DB_IO_READ_MS = Counter("db.io_read_ms", "db", _DEMAND, "ms", "time spent reading blocks, with `track_io_timing`")
DB_SESSIONS_OPENED = Counter("db.sessions_opened", "db", _DEMAND, "1", "sessions begun (churn)")
DB_IDLE_IN_TRANSACTION_MS = Counter(
    "db.idle_in_transaction_ms", "db", _FULL, "ms", "time that sessions sat idle in transactions"
)
DB_LOCK_WAITERS = Gauge(
    "db.lock_waiters", "db", _FULL, "1", "sessions that wait for a lock; `blocker`: the root blocker's statement id",
    ("table", "blocker"),
)  # fmt: skip

# Read at stage boundaries, from pg_stat_statements.
_STATEMENT = ("statement",)
STATEMENT_CALLS = Counter("db.statement.calls", "db", _DEMAND, "1", "executions", _STATEMENT)
STATEMENT_EXEC_MS = Counter("db.statement.exec_ms", "db", _DEMAND, "ms", "execution time", _STATEMENT)
STATEMENT_ROWS = Counter("db.statement.rows", "db", _DEMAND, "rows", "rows returned or changed", _STATEMENT)
STATEMENT_BLOCKS_HIT = Counter(
    "db.statement.blocks_hit", "db", _DEMAND, "blocks", "blocks found in shared buffers", _STATEMENT
)
STATEMENT_BLOCKS_READ = Counter(
    "db.statement.blocks_read", "db", _DEMAND, "blocks", "blocks not in shared buffers", _STATEMENT
)
STATEMENT_TEMP_BLOCKS = Counter(
    "db.statement.temp_blocks", "db", _DEMAND, "blocks", "temporary blocks read and written", _STATEMENT
)

# Read at stage boundaries, from pg_stat_user_tables.
_TABLE = ("table",)
TABLE_SEQ_SCANS = Counter("db.table.seq_scans", "db", _DEMAND, "1", "sequential scans begun", _TABLE)
TABLE_SEQ_ROWS = Counter("db.table.seq_rows", "db", _DEMAND, "rows", "rows read by sequential scans", _TABLE)
TABLE_INDEX_ROWS = Counter("db.table.index_rows", "db", _DEMAND, "rows", "rows fetched by index scans", _TABLE)
TABLE_INSERTED = Counter("db.table.inserted", "db", _DEMAND, "rows", "rows inserted", _TABLE)
TABLE_DELETED = Counter("db.table.deleted", "db", _DEMAND, "rows", "rows deleted", _TABLE)
TABLE_LIVE_ROWS = Gauge("db.table.live_rows", "db", _INFO, "rows", "live rows, estimated", _TABLE)
TABLE_MODIFIED_SINCE_ANALYZE = Gauge(
    "db.table.modified_since_analyze", "db", _FULL, "rows", "rows changed since the last ANALYZE", _TABLE
)
TABLE_ANALYZED = Gauge("db.table.analyzed", "db", _INFO, "1", "1 when the planner has statistics for it", _TABLE)

# --- replicas -----------------------------------------------------------------------------------------------------
REPLICA_LAG_S = Gauge(
    "replica.lag_s", "replica", _FULL, "s",
    "how old what a replica shows is: the greater of what the primary and the replica say",
)  # fmt: skip
REPLICA_BEHIND_BYTES = Gauge(
    "replica.behind_bytes", "replica", _FULL, "bytes",
    "log that the replica furthest behind has yet to be sent, to flush, to replay (`part`)", ("part",),
)  # fmt: skip
REPLICA_ACTIVE = Gauge("replica.active", "replica", _USED, "1", "sessions at work on the replica")
REPLICA_ROWS_READ = Counter("replica.rows_read", "replica", _DEMAND, "rows", "rows of tables read on the replica")

# --- PgBouncer ----------------------------------------------------------------------------------------------------
_POOL_OF = ("database", "user")
POOLER_CLIENTS_WAITING = Gauge(
    "pooler.clients_waiting", "pooler", _FULL, "1", "clients that wait for a server connection", _POOL_OF
)
POOLER_SERVERS_ACTIVE = Gauge(
    "pooler.servers_active", "pooler", _USED, "1", "server connections that a client holds or is about to get", _POOL_OF
)
POOLER_SIZE = Gauge("pooler.size", "pooler", _INFO, "1", "server connections that the pool may hold", _POOL_OF)
POOLER_WAIT_AGE_S = Gauge(
    "pooler.wait_age_s", "pooler", _FULL, "s", "how long the client at the head of the queue has waited", _POOL_OF
)
POOLER_TRANSACTION_MS = Counter("pooler.transaction_ms", "pooler", _USED, "ms", "time in transactions", ("database",))
POOLER_QUERY_MS = Counter("pooler.query_ms", "pooler", _USED, "ms", "time in statements", ("database",))
POOLER_WAIT_MS = Counter(
    "pooler.wait_ms", "pooler", _FULL, "ms", "time that clients waited, added when they get a connection", ("database",)
)

# --- Redis --------------------------------------------------------------------------------------------------------
_SERVER, _COMMAND = ("server",), ("server", "command")
REDIS_HITS = Counter("redis.hits", "cache", _DEMAND, "1", "lookups that found their key, our own left out", _SERVER)
REDIS_MISSES = Counter("redis.misses", "cache", _DEMAND, "1", "lookups that did not, our own left out", _SERVER)
REDIS_EVICTED = Counter("redis.evicted", "cache", _FULL, "1", "keys thrown out for want of memory", _SERVER)
REDIS_USED_BYTES = Gauge("redis.used_bytes", "cache", _USED, "bytes", "memory in use", _SERVER)
REDIS_MAX_BYTES = Gauge("redis.max_bytes", "cache", _INFO, "bytes", "memory limit, 0: none", _SERVER)
REDIS_BUSY_S = Counter("redis.busy_s", "cache", _USED, "s", "time that the single thread worked", _SERVER)
REDIS_COMMANDS = Counter("redis.commands", "cache", _DEMAND, "1", "commands processed", _SERVER)
REDIS_OUTPUT_BYTES = Counter("redis.output_bytes", "cache", _DEMAND, "bytes", "bytes sent to clients", _SERVER)
REDIS_COMMAND_CALLS = Counter("redis.command.calls", "cache", _DEMAND, "1", "calls of one command", _COMMAND)
REDIS_COMMAND_BUSY_S = Counter("redis.command.busy_s", "cache", _DEMAND, "s", "time spent in one command", _COMMAND)

# --- queues -------------------------------------------------------------------------------------------------------
_QUEUE = ("queue",)
QUEUE_READY = Gauge("queue.ready", "queue", _FULL, "1", "jobs that wait", _QUEUE)
QUEUE_FAILED = Gauge("queue.failed", "queue", _ERRORS, "1", "jobs that failed", _QUEUE)
QUEUE_OLDEST_AGE_S = Gauge(
    "queue.oldest_age_s", "queue", _FULL, "s", "how long the job at the head has waited", _QUEUE
)  # fmt: skip
QUEUE_WORKERS = Gauge("queue.workers", "queue", _INFO, "1", "workers that listen", _QUEUE)
QUEUE_WORKERS_BUSY = Gauge("queue.workers_busy", "queue", _USED, "1", "workers at work", _QUEUE)
QUEUE_COMPLETED = Counter(
    "queue.completed", "queue", _DEMAND, "1", "jobs done: as the library counts them, or seen to leave", _QUEUE
)  # fmt: skip
QUEUE_RETRIED = Counter(
    "queue.retried", "queue", _ERRORS, "1", "jobs that failed or ran again, where the library counts them", _QUEUE
)
QUEUE_WORKING_S = Counter(
    "queue.working_s", "queue", _USED, "s", "time that workers spent on jobs, where the library counts it", _QUEUE
)

# --- the application ----------------------------------------------------------------------------------------------
_PROCESS = ("process",)
POOL_SIZE = Gauge("pool.size", "pool", _INFO, "1", "connections that the pool holds", _PROCESS)
POOL_LIMIT = Gauge("pool.limit", "pool", _INFO, "1", "connections that it may hold", _PROCESS)
POOL_WAITING = Gauge("pool.waiting", "pool", _FULL, "1", "requests that wait for one", _PROCESS)
POOL_REQUESTS = Counter("pool.requests", "pool", _DEMAND, "1", "acquisitions", _PROCESS)
POOL_WAIT_MS = Counter("pool.wait_ms", "pool", _FULL, "ms", "time spent waiting for connections", _PROCESS)
POOL_USAGE_MS = Counter("pool.usage_ms", "pool", _USED, "ms", "time connections were held", _PROCESS)
LOOP_LAG_MS = Gauge(
    "loop.lag_ms", "app", _FULL, "ms", "largest delay of the event loop since the last read", _PROCESS
)  # fmt: skip
APP_IN_FLIGHT = Gauge("app.in_flight", "app", _USED, "1", "requests being answered", _PROCESS)
OUTSIDE_WAITING = Gauge(
    "outside.waiting", "outside", _FULL, "1",
    "connections of the application on which an answer of a service is awaited that the target file does not name "
    "(`address:port`; `others`)", ("service",),
)  # fmt: skip

# --- the host, and processes by role --------------------------------------------------------------------------------
_ROLE = ("role",)
HOST_CORES = Gauge("host.cores", "host", _INFO, "1", "cores that we may use")
HOST_CPU_BUSY_S = Counter("host.cpu_busy_s", "host", _USED, "s", "processor time used, over all cores")
HOST_CPU_STEAL_S = Counter("host.cpu_steal_s", "host", _FULL, "s", "processor time that the hypervisor gave to others")
HOST_CPU_PRESSURE_S = Counter(
    "host.cpu_pressure_s", "host", _FULL, "s", "time in which some task waited for a processor"
)
HOST_IO_PRESSURE_S = Counter(
    "host.io_pressure_s", "disk", _FULL, "s", "time in which some task waited for disk", full_at=0.5
)  # half of the time: judged
HOST_MEMORY_PRESSURE_S = Counter(
    "host.memory_pressure_s", "memory", _FULL, "s", "time in which some task waited for memory", full_at=0.5
)  # half of the time: judged
HOST_MEMORY_AVAILABLE_BYTES = Gauge(
    "host.memory_available_bytes", "host", _USED, "bytes", "memory that can be had without swapping"
)
_DISK = ("disk",)
DISK_BUSY_S = Counter("disk.busy_s", "disk", _USED, "s", "time in which a disk had something to do", _DISK)
DISK_OPERATIONS = Counter("disk.operations", "disk", _DEMAND, "1", "reads and writes that a disk has finished", _DISK)
DISK_OPERATION_MS = Counter(
    "disk.operation_ms", "disk", _FULL, "ms", "time that these took, waiting included, summed over them", _DISK
)
ROLE_CPU_S = Counter(
    "role.cpu_s", "host", _DEMAND, "s", "processor time of all processes of a role, ended children included", _ROLE
)
PROCESS_CPU_S = Counter("process.cpu_s", "host", _DEMAND, "s", "processor time of one process", ("role", "pid"))
ROLE_RSS_BYTES = Gauge("role.rss_bytes", "host", _USED, "bytes", "resident memory, shared pages once", _ROLE)
ROLE_CORES = Gauge(
    "role.cores", "host", _INFO, "1",
    "cores that the processes of a role may use, by affinity and quota (cgroup v2); those of the freest", _ROLE,
)  # fmt: skip
ROLE_DISK_BYTES = Counter(
    "role.disk_bytes", "disk", _DEMAND, "bytes",
    "bytes that the processes of a role read from disks and wrote to them, where we may look", _ROLE,
)  # fmt: skip
ROLE_PROCESSES = Gauge(
    "role.processes", "host", _INFO, "1", "processes of a role; a change is a restart or a scaling", _ROLE
)

# --- the load generator: written by the recorder beside Locust, which imports nothing from here ----------------------
_WRITER, _READ = ("writer",), ("writer", "endpoint", "caching")
GENERATOR_USERS = Gauge("generator.users", "generator", _DEMAND, "1", "Locust users that run", _WRITER)
GENERATOR_IN_FLIGHT = Gauge(
    "generator.in_flight", "generator", _INFO, "1",
    "users that wait for the target; read only in seconds in which no request ended", _WRITER,
)  # fmt: skip
GENERATOR_CPU_S = Counter(
    "generator.cpu_s", "generator", _USED, "s", "processor time of the generator process", _WRITER
)
GENERATOR_LAG_MS = Gauge(
    "generator.lag_ms", "generator", _FULL, "ms", "largest delay of its event loop since the last heartbeat", _WRITER
)
GENERATOR_REQUESTS = Counter(
    "generator.requests",
    "generator",
    _DEMAND,
    "1",
    "requests by Locust's own count, to reconcile with our rows",
    _WRITER,
)
GENERATOR_FAILURES = Counter("generator.failures", "generator", _ERRORS, "1", "failures by Locust's own count", _WRITER)
GENERATOR_THINK_S = Counter(
    "generator.think_s", "generator", _DEMAND, "s", "think time that users were given, summed over users", _WRITER
)
GENERATOR_LOST = Counter("generator.lost", "generator", _ERRORS, "1", "rows that the recorder failed to write", _WRITER)
GENERATOR_EXCEPTIONS = Counter(
    "generator.exceptions", "generator", _ERRORS, "1", "exceptions that the scenario itself raised", _WRITER
)
GENERATOR_READ = Counter(
    "generator.read", "generator", _DEMAND, "1",
    "answers 200 to a GET, by what their headers say: `kept`, `checked` (ETag), `forbidden`, `undeclared`", _READ,
)  # fmt: skip
GENERATOR_READ_BYTES = Counter("generator.read_bytes", "generator", _DEMAND, "bytes", "bytes of those answers", _READ)
