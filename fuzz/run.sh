#!/usr/bin/env bash
# Fuzzes every target, or the named ones, for so many seconds each.
#
#     fuzz/run.sh SECONDS [TARGET...]
#
# Needs `cargo install cargo-fuzz --locked` and a C++ compiler. A crash leaves its input in
# fuzz/artifacts/TARGET and a status that is not 0.
set -euo pipefail
cd "$(dirname "$0")"
seconds=${1:?how many seconds for each target?}
shift
targets=("$@")
[ ${#targets[@]} -gt 0 ] || mapfile -t targets < <(cd targets && ls ./*.rs | sed 's|^\./||; s|\.rs$||')

# cargo-fuzz passes unstable flags; this lets the stable compiler take them.
export RUSTC_BOOTSTRAP=1
for target in "${targets[@]}"; do
    mkdir -p "corpus/$target"
    # Without sanitizer: the code has no `unsafe`, and this way ten times as many inputs run.
    cargo fuzz build --sanitizer none "$target"
    # What a run learns goes to corpus/ (ignored by git); the seeds stay as they are.
    nice -n 19 cargo fuzz run --sanitizer none --jobs 1 "$target" \
        "corpus/$target" "seeds/$target" ../crates/contract-core/tests/fixtures/hostile -- \
        -max_total_time="$seconds" -max_len=8192 -dict=contract.dict -timeout=5 -rss_limit_mb=1024 \
        -print_final_stats=1
done
