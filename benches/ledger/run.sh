#!/usr/bin/env bash
# Measures the ledger against the logger that it replaces, on one S3 server and in one run:
#
#   benches/ledger/run.sh [EVENTS]
#
# The server is ministack (see tests/servers); boto3 for the peer is installed once, into a cache.
# The two take turns, so that a slower moment of the machine meets both. Prints one JSON object for
# each turn: the peer's, then ours.
#
#   STRONGROOM_BENCH_CACHE   where the peer lives, `.cache/bench` by default
#   ROUNDS                   how often they take their turns, 3
#   LATENCY_MS               how much later each answer of the server comes, for both; 0, as the server is
#                            on this machine. Amazon names 100 to 200 ms for small objects of S3 Standard
#                            (docs.aws.amazon.com/AmazonS3/latest/userguide/optimizing-performance.html)
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
cache=${STRONGROOM_BENCH_CACHE:-$root/.cache/bench}
events=${1:-200000}
mkdir -p "$cache"

if [ ! -x "$cache/boto3/bin/python" ]; then
  python3 -m venv "$cache/boto3"
  "$cache/boto3/bin/pip" install --quiet boto3
fi
if [ "${STRONGROOM_BENCH_INSIDE:-}" != 1 ]; then
  (cd "$root" && cargo bench --package benches --bench ledger --no-run)
  # Comes back here, with the server running.
  STRONGROOM_BENCH_INSIDE=1 SERVERS=ministack exec "$root/tests/servers/run.sh" "$0" "$events"
fi

# name=http://address, as tests/servers/run.sh gives it.
server=${STRONGROOM_TEST_S3%%,*}
endpoint=${server#*=}
if [ "${LATENCY_MS:-0}" != 0 ]; then
  exec 3< <(exec python3 "$here/delay.py" "$endpoint" "$LATENCY_MS")
  relay=$!
  trap 'kill "$relay"' EXIT
  read -r endpoint <&3
fi
"$cache/boto3/bin/python" - "$endpoint" <<'PY'
import sys, boto3
client = boto3.client("s3", endpoint_url=sys.argv[1], region_name="us-east-1")
client.create_bucket(Bucket="bench")
PY
export AWS_DEFAULT_REGION=us-east-1
for round in $(seq "${ROUNDS:-3}"); do
  "$cache/boto3/bin/python" "$here/python_logger.py" "$endpoint" bench "${PEER_EVENTS:-500}"
  (cd "$root" && cargo bench --quiet --package benches --bench ledger -- \
    append "s3://bench/round-$round?endpoint=$endpoint&region=us-east-1" "$events")
done
