#!/usr/bin/env bash
# Builds a wheel that runs wherever glibc is 2.17 or newer (AWS Glue 4.0 has 2.26), and prints its path.
# The profile is that of development unless RELEASE=1.
set -euo pipefail
cd "$(dirname "$0")"

cache="${STRONGROOM_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/strongroom}"
venv="$cache/wheel-venv"
out="$cache/wheels"
wanted="$PWD/requirements-wheel.txt"
if ! cmp -s "$wanted" "$venv/.requirements"; then
  "${PYTHON:-python3}" -m venv "$venv"
  "$venv/bin/python" -m pip install --quiet --disable-pip-version-check -r "$wanted"
  cp "$wanted" "$venv/.requirements"
fi
export PATH="$venv/bin:$PATH" VIRTUAL_ENV="$venv"
unset CONDA_PREFIX PYTHONPATH PYTHONHOME || true
# Another linker and another glibc: these objects are of no use to other builds.
export CARGO_TARGET_DIR="$cache/wheel-target" CARGO_INCREMENTAL=0
rustup target list --installed 2>/dev/null | grep -q x86_64-unknown-linux-gnu \
  || rustup target add x86_64-unknown-linux-gnu >&2
profile=()
if [ "${RELEASE:-}" = 1 ]; then profile=(--release); fi
rm -rf "$out"
maturin build --quiet --zig --target x86_64-unknown-linux-gnu --compatibility manylinux2014 \
  "${profile[@]}" --out "$out" >&2
ls "$out"/strongroom-*.whl
