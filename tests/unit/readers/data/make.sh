#!/usr/bin/env bash
# Makes the files of this folder that tools write, against planted_server.py (six minutes; loopback only).
# make.sh [runs] [locust] [jmeter]; Debian's packages: wrk hey apache2-utils jmeter jmeter-http default-jdk-headless.
set -euo pipefail
cd "$(dirname "$0")"
python=${PYTHON:-python3} # one that has Locust
jars="/usr/share/jmeter/bin/ApacheJMeter.jar:/usr/share/jmeter/lib/*:/usr/share/jmeter/lib/ext/*:/usr/share/java/*"
serve() { "$python" planted_server.py "$1" "$2" "$3" & server=$!; trap 'kill $server 2>/dev/null || true' EXIT; sleep 1; }
stop() { kill "$server"; wait "$server" 2>/dev/null || true; }

# 8 workers of 40 ms and nobody thinks: the knee is at 8 users.
runs() {
  serve 8091 8 0.04
  mkdir -p wrk hey ab hey-requests
  for c in 1 2 3 4 6 8 10 12 16 24 32; do
    wrk -t1 -c"$c" -d4s http://127.0.0.1:8091/ > "wrk/$c.txt"
    hey -z 4s -c "$c" http://127.0.0.1:8091/ > "hey/$c.txt"
    ab -q -t 4 -n 100000 -c "$c" http://127.0.0.1:8091/ > "ab/$c.txt" 2>&1
  done
  for c in 1 2 4 8 16 32; do
    hey -z 3s -c "$c" -o csv http://127.0.0.1:8091/ | gzip -9n > "hey-requests/$c.csv.gz"
  done
  stop
}

# 5 workers of 100 ms, users who think for 900 ms: the knee is at 50 users.
locust() {
  serve 8092 5 0.1
  run="$python -m locust -f planted_steps.py --headless --host http://127.0.0.1:8092 --only-summary"
  STEPS=1 $run --csv steps --csv-full-history > /dev/null 2>&1 || true
  $run -u 120 -r 1 -t 120s --csv rising > /dev/null 2>&1 || true
  mkdir -p locust && mv steps_stats_history.csv rising_stats_history.csv rising_stats.csv locust/
  rm -f steps_*.csv rising_*.csv
  stop
}

# 4 workers of 100 ms, users who think for 900 ms: the knee is at 40 users.
jmeter() {
  serve 8093 4 0.1
  java -cp "$jars" PlantedRamp.java 8093 samples.jtl 100 100 > /dev/null 2>&1
  mkdir -p jmeter && gzip -9nf samples.jtl && mv samples.jtl.gz jmeter/rising.jtl.gz
  stop
}

for part in "${@:-runs locust jmeter}"; do for one in $part; do "$one"; done; done
