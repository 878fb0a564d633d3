"""Every threshold of the analysis, its unit and where it comes from. Ratios to a capacity, not absolute loads.

Sources: [method] and [probes] are the study behind docs/method.md; [measured] was calibrated on the lab;
[judged] is a choice that nothing was measured for.
"""

# --- validity -----------------------------------------------------------------------------------------------------
# Generator processor time over one core: above it the generator itself queues [probes 14.27].
GENERATOR_CPU = 0.85
# 95th percentile of (sent - due): later than this the generator did not offer what was asked [probes 14.27], ms.
GENERATOR_SLIP_MS = 20.0
# (X(R+Z) - N) / N of a stage in a closed load: more than all users can have sent [method 1.3].
LITTLE = 0.15
# Completions below N/(R+Z) by this share, noise apart: requests are stuck and not in the mean yet [measured].
STUCK = 0.08
# Fewer users than asked for by this share, and the stage is not the load that it says [measured].
MISSING_USERS = 0.05
# Share of all cores that processes without a role may use in a stage before it counts as contaminated [measured].
STRANGERS_CPU = 0.25
# Processor time stolen by the hypervisor, share of all cores [probes 14.10].
STEAL = 0.10
# Rows recorded over Locust's own count may differ by this much (requests in flight at the end) [measured].
RECONCILE = 0.02
# Throughput per user may rise with the load by this much, noise of the counts apart, before the target is said to have
# changed: in a closed system it can only fall [judged; the recordings of the lab show no such rise].
CHANGED = 0.15
# Growth of the requests in flight over a stage, of its users: more and a queue is forming [judged: in healthy stages of
# the lab 0.04 at most from 120 users on, before a relay that is too slow 0.06 to 0.17].
PILING = 0.05
# The same in requests, at least: of few users one request more or less is chance [judged].
PILING_LEAST = 2.0
# Requests in flight that went away over a steady window, of its users, and in requests: more, and it shows what had
# piled up before [derived: in a window no shorter than R+Z, less cannot make up an error of LITTLE].
FLOWED_OFF, FLOWED_OFF_LEAST = 0.15, 10.0
# Fewer requests than this and a stage says nothing about its latency.
MIN_REQUESTS = 30

# One user alone, of so many requests to an endpoint, is refused more than this share: the scenario asks for the wrong
# thing. With this share of the load on such endpoints no verdict stands [judged].
ALONE_REQUESTS, ALONE_REFUSED, REFUSED_LOAD = 5, 0.5, 0.1

# --- knee ---------------------------------------------------------------------------------------------------------
# The throughput of one user, from the profile: the share of the ramp's requests whose endpoints it must have sent, the
# failures in the lowest stage with which it is no measure, and how far it is off, of itself and of the latency in it
# [measured: 634 stages far below the knee lay within 2 % of it; one in the lab with cold caches 12 %, latency 14 %].
ALONE_SEEN, ALONE_FAILED = 0.8, 0.01
ALONE_ERROR, ALONE_LATENCY_ERROR = 0.02, 0.5
# Throughput over what the users would reach if nobody waited, (R0+Z)/(R+Z): a load above the first is on the straight
# line, one below the second is past the knee, and the fit needs such a one [method 1.2].
EFFICIENT, PAST_KNEE = 0.93, 0.75

# Standard deviation of a part of a mean request's time between stages alike, that no window shows: at least this, for
# a ramp of few stages shows too little of it [method 1.2: 2 to 3 %].
DRIFT = 0.03

# Throughput of the first load that misses the SLO over that of the last that met it: below this, a cliff [measured on
# planted ramps: none of 590 that only saturate fell below 0.87, 92 % of those whose locks thrash did].
CLIFF = 0.85

# --- utilisation --------------------------------------------------------------------------------------------------
# A resource with one queue is saturated from here on; 1.0 is never seen in means over seconds [probes 14.10, measured].
SATURATED = 0.85
# A server behind a pool through which requests always wait for a connection: a wider pool brings a third more at most
# [derived: 1 / U].
NEARLY_FULL = 0.75
# All cores of a host together: the rest goes to the kernel's idle accounting and to imbalance [measured].
HOST_SATURATED = 0.88
# A pool whose connections are held this share of the time makes requests wait [probes 14.5].
POOL_SATURATED = 0.85

# Latency must rise by this much, ms, and by this share of what it is at low load, before shares of it are told.
ADDED_MS, ADDED_SHARE = 2.0, 0.2

# --- findings -----------------------------------------------------------------------------------------------------
# A finding must explain this share of the added latency to be supported [method 4].
SUPPORTED_SHARE = 0.3
# Two findings whose shares are closer than this cannot be told apart [method 4].
TIE = 0.08
# Limits within this factor of the lowest are reached together: knees are known no better [judged].
TOGETHER = 1.15
# Calls of one statement per request of one endpoint that make an N+1 [probes 14.3: Sentry's default].
N_PLUS_ONE_CALLS = 5.0
# A repeated statement that returns more a call asks for the children of one row, or for many rows at once [judged].
ROWS_OF_ONE = 2.0
# Rows read by one full scan before an index is worth naming [probes 14.1: PgHero 10,000].
SCAN_ROWS = 5_000
# Share of a table's rows that come from full scans [probes 14.1].
SCAN_SHARE = 0.5
# A scan that keeps less than this share of the rows wants an index [probes 14.1].
SELECTIVITY = 0.05
# Mean execution time from which an uncached, repeated answer is worth a cache, ms [measured; PgHero calls 20 slow].
EXPENSIVE_MS = 8.0
# Mean execution time from which a read is to be made cheaper before it is sent to a replica that idles, ms [judged: 20
# at low load on slow cores, where reads in general were too many].
SLOW_READ_MS = 50.0
# Share of answers that equal one given before to the same tenant [measured].
REPEATED = 0.5
# Execution time over the time that a connection is held; below it something else than the database holds it [method 3].
HOLD_IS_DATABASE = 0.5
# Share of the time that a request holds a worker in which it waits for others (services, the database), from which that
# is why workers run out [judged: the larger part, as of a connection].
PLACE_WAITS = 0.5
# A hold this many times as long at the knee was lengthened by something else than the code that holds [method 3].
HOLD_INFLATED = 1.3
# Jobs per second by which a queue grows, as a share of those that arrive [probes 14.20: 1.05].
QUEUE_GROWTH = 0.05
# Jobs per second by which it grows, at least, and jobs that wait at the end, at least: fewer come and go [judged].
QUEUE_GROWTH_PER_S, QUEUE_LEAST = 0.5, 10
# Jobs in all queues with which they count as drained before a load [judged].
QUEUE_DRAINED = 5
# How many times as long as at low load a job takes where something that it needs is short [judged: 5.7 times behind a
# lock that requests hold too, 0.9 times where workers alone were too few].
JOBS_SLOWED = 2.0
# Event-loop delay that blocks everybody, ms [probes 14.23].
LOOP_LAG_MS = 100.0
# The same, where it is there at low load already: the delay is as long as one blocking call then, and only comes more
# often [judged: 39 to 85 ms with such a call, 2 to 15 without].
LOOP_LAG_AT_REST_MS = 30.0
# Share of a core below which a process that keeps others waiting waits itself [judged].
IDLE_PROCESS = 0.6
# Share of the time in which some task waits for a processor, from which the loop may be late for that alone [measured:
# 0.10 to 0.18 where a call blocked it, 0.41 to 0.82 where the host was full].
CROWDED = 0.35

# --- findings: sessions of the database ---------------------------------------------------------------------------
# Share of the active sessions that wait for locks before locks are worth naming [probes 14.8].
LOCK_SHARE = 0.2
# A statement that is seen in one wait this often spends the larger part of its time there [method 4].
WAITS_MOSTLY = 0.5
# Fewer sessions than this, on average, in some wait are chance: a handful of instants [judged].
SESSIONS = 0.3
# Sessions idle in a transaction over connections in use [probes 14.9].
IDLE_SHARE = 0.1
# One session idle this long, s, in a load test [probes 14.9].
IDLE_AGE_S = 5.0
# Longer than round trips between two statements take, s: something else is done meanwhile [judged].
LONG_IDLE_S = 0.02
# Connections over slots [probes 14.6].
CONNECTIONS_FULL = 0.95
# Errors that come with the load: more of the requests than this [probes 13.1].
REFUSED = 0.01

# --- findings: reading and planning -------------------------------------------------------------------------------
# Share of the active sessions that wait for the disk [probes 14.11].
IO_SHARE = 0.1
# Share of the time in which some task waits for disk or memory (PSI) [probes 14.11, 14.24].
PRESSURE = 0.1
# Bytes a second past shared buffers, and the hit ratio above which they are few [probes 14.11].
READ_BYTES = 10_000_000
HIT_RATIO = 0.98
# Rows changed since ANALYZE over rows: twice autovacuum's own trigger, so not merely due [probes 14.2].
STALE_SHARE = 0.2
# Tables smaller than this are planned well enough without statistics [probes 14.2].
STALE_ROWS = 1_000
# Rows or pages over what the planner expected [probes 14.2].
MISJUDGED = 10.0

# --- findings: replicas -------------------------------------------------------------------------------------------
# Seconds that a replica is behind: noted, and too many [probes 14.12: awesome-prometheus-alerts warns at 5].
LAG_NOTED_S, LAG_S = 1.0, 5.0
# Reads of the primary's execution time from which a replica is worth its price [probes 14.12].
READS_MOSTLY = 0.8
# Rows that a replica reads, of all that both servers read, below which it idles [judged].
REPLICA_IDLE = 0.1

# --- findings: cache ----------------------------------------------------------------------------------------------
# Memory in use over its limit [probes 14.13].
CACHE_FULL = 0.9
# Points that the hit ratio has fallen at the same mix [probes 14.13].
HIT_DROP = 0.15
# Look-ups that a hit ratio needs; its fall must be twice its standard error besides [judged].
LOOKUPS = 60
# Misses in a second, and sessions in one statement, over their medians in a burst [probes 14.14].
BURST = 5.0
# Sessions and misses below which a burst is chance [probes 14.14: 10; halved, as small pools cannot hold more].
BURST_SESSIONS = 5
# Mean time of one Redis command that holds up everybody else, s [probes R1].
SLOW_COMMAND_S = 0.001

# --- findings: queue, memory, limits ------------------------------------------------------------------------------
# Jobs that failed or ran again over jobs done [probes 14.20].
RETRIES = 0.2
# Growth of resident memory per request, bytes, over at least so many requests [probes 14.24].
LEAK_BYTES = 1_000
LEAK_REQUESTS = 10_000
# Share of the requests that are answered with 429 [probes 13.1].
RATE_LIMITED = 0.01
