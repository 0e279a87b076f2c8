#!/usr/bin/env bash
# Builds the extension module into a virtual environment and proves the Python side: tests, types,
# and that the stubs say what the module has. Makes what it needs; run it as often as you like.
set -euo pipefail
cd "$(dirname "$0")/.."

venv="$PWD/.venv"
wanted="python/requirements-dev.txt"
if [ ! -x "$venv/bin/python" ]; then
  "${PYTHON:-python3}" -m venv "$venv"
fi
if ! cmp -s "$wanted" "$venv/.requirements"; then
  "$venv/bin/python" -m pip install --quiet --disable-pip-version-check -r "$wanted"
  cp "$wanted" "$venv/.requirements"
fi

export VIRTUAL_ENV="$venv" PATH="$venv/bin:$PATH"
unset CONDA_PREFIX PYTHONPATH PYTHONHOME || true

# The wheel that Spark gets, so that the module is compiled once; its library also beside the sources, which
# are what is tested.
cd python
wheel="$(./wheel.sh | tail -1)"
python -m pip install --quiet --disable-pip-version-check --no-deps --force-reinstall "$wheel"
cp "$(python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')"/strongroom/*.so strongroom/
# With a server that speaks S3 beside it: the lightest one, unless SERVERS asks for others.
SERVERS="${SERVERS:-ministack}" ../tests/servers/run.sh python -m pytest
python -m mypy
python -m mypy.stubtest strongroom --mypy-config-file pyproject.toml --allowlist stubtest-allowlist.txt
