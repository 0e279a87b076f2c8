#!/usr/bin/env bash
# Takes raw activities into bronze, by the command and by its peers in turns, whole processes:
#
#   benches/lake/run.sh [ROWS]
#
# 5,000,000 rows of 20 tenants over two years with defects of 15 kinds and duplicates of three are made
# once. Prints a line for each turn: who, seconds on the wall, CPU seconds, peak memory, and how many
# rows went where (accepted, exact, conflicting, quarantined); the first line says what is right. Of
# PySpark only the time on the wall counts: its work is done by another process, which is not waited for.
#
#   STRONGROOM_BENCH_CACHE   where peers and inputs live, `.cache/bench` by default
#   ROUNDS                   how often they take their turns, 3
#   WHO                      some of: strongroom lenient strict pyspark
#   STRONGROOM               the command, if it is built already
#   PEERS                    a Python environment with requirements.txt, if there is one already
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
cache=${STRONGROOM_BENCH_CACHE:-$root/.cache/bench}
rows=${1:-5000000}
peers=${PEERS:-$cache/lake-peers}
mkdir -p "$cache/lake/raw-$rows"
if [ ! -x "$peers/bin/python" ]; then
  python3 -m venv "$peers"
  "$peers/bin/pip" install --quiet -r "$here/requirements.txt"
fi
input="$cache/lake/raw-$rows/act.ndjson"
if [ ! -f "$input" ]; then
  made="$cache/lake/made-$rows.ndjson"
  "$peers/bin/python" "$here/gen_activities.py" --rows "$rows" --seed 42 --out "$made"
  mv "$made" "$input"
fi
command=${STRONGROOM:-}
if [ -z "$command" ]; then
  cargo build --quiet --release --manifest-path "$root/Cargo.toml" --workspace --bin strongroom
  command="${CARGO_TARGET_DIR:-$root/target}/release/strongroom"
fi

"$peers/bin/python" - "$cache/lake/made-$rows.ndjson.summary.json" <<'PY'
import json, sys
summary = json.load(open(sys.argv[1]))
kinds = summary["kinds"]
exact = kinds.get("dup_exact", 0) + kinds.get("dup_offset", 0)
print("right", summary["valid_unique"], exact, kinds.get("dup_conflict", 0), summary["bad"])
PY

turn() {
  local who=$1 output
  shift
  output=$(mktemp -d "$cache/lake/out.XXXXXX")
  /usr/bin/time -f "%e %U %S %M" -o "$output/time" "$@" "$output/lake" >"$output/said" 2>"$output/stderr" ||
    { cat "$output/stderr" >&2; exit 1; }
  read -r wall user system peak <"$output/time"
  if [ "$who" = strongroom ]; then
    counts=$(python3 -c 'import json, sys
it = json.load(sys.stdin)["counts"]
print(it["accepted"], it["exact"], it["conflicting"], it["quarantined"])' <"$output/said")
  else
    counts=$(tail -n 1 "$output/said")
  fi
  printf '%-10s wall %s cpu %s peak_mb %s rows %s\n' "$who" "$wall" \
    "$(awk "BEGIN { print $user + $system }")" "$((peak / 1024))" "$counts"
  rm -rf "$output"
}
ours() { "$command" lake ingest "$(dirname "$input")" --lake "$1" --schema "$root/crates/lake/schemas/activity.yaml" --format json; }
export -f ours
export command input root
for _ in $(seq "${ROUNDS:-3}"); do
  for who in ${WHO:-strongroom lenient strict pyspark}; do
    case "$who" in
    strongroom) turn strongroom bash -c 'ours "$1"' ours ;;
    lenient) turn lenient "$peers/bin/python" "$here/duckdb_lenient.py" "$input" ;;
    strict) turn strict "$peers/bin/python" "$here/duckdb_strict.py" "$input" ;;
    pyspark) turn pyspark "$peers/bin/python" "$here/pyspark_strict.py" "$input" ;;
    esac
  done
done
