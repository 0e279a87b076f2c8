#!/usr/bin/env bash
# ministack (MIT): light, starts anywhere with Python, keeps everything in memory, and speaks for the
# catalogue of Glue as well. It accepts any credentials, so it proves nothing about them.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
venv=$2/ministack-$(sha256sum "$here/ministack.txt" | cut -c1-16)

case $1 in
  get)
    command -v python3 >/dev/null || { echo "there is no python3"; exit 1; }
    if [ ! -e "$venv/ready" ]; then
      python3 -m venv "$venv" || { echo "python3 cannot make a virtual environment"; exit 1; }
      "$venv/bin/pip" install --quiet --disable-pip-version-check --require-hashes -r "$here/ministack.txt" ||
        { echo "the Python packages cannot be fetched"; exit 1; }
      touch "$venv/ready"
    fi
    ;;
  serve)
    cd "$3"
    # It listens on all addresses unless told otherwise.
    export BIND_HOST=127.0.0.1 GATEWAY_PORT=$4 SERVICES=s3,glue
    exec "$venv/bin/ministack"
    ;;
esac
