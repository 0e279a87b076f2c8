#!/usr/bin/env bash
# Lets an independent implementation (golang.org/x/mod/sumdb, the code behind Go's checksum database)
# read checkpoints, tiles, bundles and proof files that audit-chain wrote, then spoils one file at a
# time and wants to see each refused.
#
#     tests/interop/run.sh
#
# Needs Go (see tlog/go.mod for the version) and, for the first build, its module proxy.
set -euo pipefail
cd "$(dirname "$0")"

if ! command -v go >/dev/null; then
  echo "skipped: interop with golang.org/x/mod, because there is no Go"
  exit 0
fi
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
(cd tlog && go build -mod=readonly -trimpath -o "$scratch/tlog" .)

log=$scratch/log
vkey=$(cargo run --quiet --locked -p audit-chain --example tlog_directory -- \
  "$log" 0 1 2 255 256 257 65535 65536 70000)
"$scratch/tlog" "$log" "$vkey"

refused=0
refuse() {
  if "$scratch/tlog" "$log" "$vkey" >"$scratch/out" 2>&1; then
    echo "error: $1 was not noticed" >&2
    exit 1
  fi
  refused=$((refused + 1))
}
# Flips the lowest bit of one byte of one file, looks, and mends it.
spoil() {
  local file=$log/$1 at=$2 byte
  byte=$(od -An -tu1 -j "$at" -N1 "$file")
  cp "$file" "$scratch/kept"
  # shellcheck disable=SC2059 # the format is the byte
  printf "\\x$(printf %x $((byte ^ 1)))" | dd of="$file" bs=1 seek="$at" conv=notrunc status=none
  refuse "a flipped bit in $1"
  mv "$scratch/kept" "$file"
}
spoil tile/0/273.p/112 0
spoil tile/0/000 8191
spoil tile/1/001.p/17 31
spoil tile/1/000 4096
spoil tile/2/000.p/1 7
# Record 97 is one of those looked at: its entry begins after 97 others of 34 bytes each.
spoil tile/entries/000 $((97 * 34 + 2))
spoil tile/entries/273.p/112 1
spoil ckpt/00000000000000070000 25
spoil ckpt/00000000000000000257 90
spoil proofs/00000000000000070000-00000000000000023333.tlog-proof 40
mv "$log/tile/0/100" "$scratch/kept" && refuse "a missing tile" && mv "$scratch/kept" "$log/tile/0/100"
other=example.com/interop+$(printf '%s' "$vkey" | cut -d+ -f2- | tr A-Za-z B-ZAb-za)
if "$scratch/tlog" "$log" "$other" >/dev/null 2>&1; then echo "error: another key was taken" >&2; exit 1; fi
"$scratch/tlog" "$log" "$vkey" >/dev/null
echo "$((refused + 1)) of $((refused + 1)) spoiled logs refused"
