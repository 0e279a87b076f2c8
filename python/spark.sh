#!/usr/bin/env bash
# The Spark path on real engines: PySpark 3.5 and 4, and Sail, each in a virtual environment of its own, with
# the wheel that is meant for Glue. Everything it needs lies under $STRONGROOM_CACHE.
set -euo pipefail
cd "$(dirname "$0")"

cache="${STRONGROOM_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/strongroom}"
if ! command -v java >/dev/null; then
  echo "error: Spark needs Java 17 or newer: install a runtime and have \`java\` on the path" >&2
  exit 6
fi

STRONGROOM_WHEEL="$(./wheel.sh | tail -1)"
export STRONGROOM_WHEEL
"$cache/wheel-venv/bin/python" -m pytest -q -p no:cacheprovider --rootdir tests_spark \
  -c tests_spark/pytest.ini tests_spark/test_wheel.py

# One engine: its name, its requirements.
engine() {
  local name="$1" wanted="$PWD/tests_spark/requirements-$1.txt" venv="$cache/$1-venv"
  shift
  if ! cmp -s "$wanted" "$venv/.requirements"; then
    "${PYTHON:-python3}" -m venv "$venv"
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check -r "$wanted"
    cp "$wanted" "$venv/.requirements"
  fi
  "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --force-reinstall \
    "$STRONGROOM_WHEEL"
  echo "-- $name"
  # From their own folder: the workers look where they are started, and must find the wheel and not the
  # sources.
  (unset PYTHONPATH PYTHONHOME SPARK_HOME; cd tests_spark; "$venv/bin/python" -m pytest -q \
    -p no:cacheprovider --rootdir . -c pytest.ini "$@")
}

engine spark35 test_spark.py test_zones.py test_ddl.py test_glue.py test_guide.py \
  test_readers.py
engine spark4 test_spark.py test_zones.py test_ddl.py test_glue.py
STRONGROOM_SAIL=1 engine sail test_spark.py test_zones.py
