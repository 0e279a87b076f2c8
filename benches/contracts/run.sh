#!/usr/bin/env bash
# Measures `strongroom contract validate` against its peers on 10,000 generated contracts, and
# checks first that every finding is where it belongs. One command, no arguments:
#
#   benches/contracts/run.sh
#
# Peers are installed once, into a cache (about ten minutes, most of it building jsonschema-cli):
# PyYAML, jsonschema, jsonschema_rs and check-jsonschema from PyPI, jsonschema-cli from crates.io.
# ajv-cli is left out on purpose: where YAML does not parse it loads the file as JavaScript, so it
# would run whatever a contract says.
#
#   STRONGROOM_BENCH_CACHE   where peers and corpus live, `.cache/bench` by default
#   ROUNDS, SLOW_ROUNDS      how often the fast and the slow contestants take their turn, 5 and 3
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
cache=${STRONGROOM_BENCH_CACHE:-$root/.cache/bench}
mkdir -p "$cache"

if [ ! -x "$cache/venv/bin/check-jsonschema" ]; then
  python3 -m venv "$cache/venv"
  "$cache/venv/bin/pip" install --quiet pyyaml jsonschema jsonschema_rs check-jsonschema
fi
if [ ! -x "$cache/peers/bin/jsonschema-cli" ]; then
  CARGO_TARGET_DIR="$cache/target" nice -n 15 cargo install jsonschema-cli --locked --root "$cache/peers"
fi

corpus=$cache/corpus
rm -rf "$corpus" "$corpus.manifest.json"
python3 "$here/gen_contracts.py" "$corpus" -n 10000 --seed 7

target=${CARGO_TARGET_DIR:-$root/target}
(cd "$root" && cargo build --release --package cli && cargo bench --package benches --bench contracts)
strongroom=$target/release/strongroom

"$cache/venv/bin/python" "$here/check_corpus.py" "$strongroom" "$corpus" "$corpus.manifest.json" | tee "$cache/accuracy.txt"
"$cache/venv/bin/python" "$here/measure.py" \
  --strongroom "$strongroom" --venv "$cache/venv" --jsonschema-cli "$cache/peers/bin/jsonschema-cli" \
  --corpus "$corpus" --manifest "$corpus.manifest.json" --accuracy "$cache/accuracy.txt" \
  --criterion "$target/criterion" --results "$root/benches/RESULTS.md" \
  --rounds "${ROUNDS:-5}" --slow-rounds "${SLOW_ROUNDS:-3}"
