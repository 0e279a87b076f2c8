#!/usr/bin/env bash
# Runs a command with S3 servers of several makes beside it, and stops them afterwards.
#
#   run.sh COMMAND...    STRONGROOM_TEST_S3 names the servers for the command, AWS_ACCESS_KEY_ID,
#                        AWS_SECRET_ACCESS_KEY and AWS_REGION open them all
#   run.sh               waits for the end of its input instead
#
# A server that cannot be had here is skipped by name. SERVERS="versity ceph" asks for some of them.
# If STRONGROOM_TEST_S3 is set already, those servers are used and none is started.
#
# Everything is kept under $STRONGROOM_CACHE/servers, nothing is installed, root is not needed, and
# all servers listen on the loopback alone.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
cache=${STRONGROOM_CACHE:-$root/.cache}/servers
servers=${SERVERS:-ministack versity ceph}

if [ -n "${STRONGROOM_TEST_S3:-}" ]; then
  echo "servers: $STRONGROOM_TEST_S3, as given"
  [ $# -eq 0 ] || exec "$@"
  exit
fi

mkdir -p "$cache"
cache=$(cd "$cache" && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/strongroom-servers.XXXXXX")
pids=()
stop() {
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  for pid in "${pids[@]}"; do wait "$pid" 2>/dev/null || true; done
  rm -rf "$work"
}
trap stop EXIT

# Not worth keeping: the servers are gone with this script. Each run has its own.
export AWS_ACCESS_KEY_ID=strongroom-test
AWS_SECRET_ACCESS_KEY=$(head -c 24 /dev/urandom | od -An -tx1 | tr -d ' \n')
export AWS_SECRET_ACCESS_KEY AWS_REGION=us-east-1
# Nothing of whoever runs this.
unset AWS_PROFILE AWS_SESSION_TOKEN AWS_ENDPOINT_URL AWS_ENDPOINT_URL_S3

# Ports that nobody listens on, chosen by the system.
free_port() {
  python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# What each needs is fetched while the others fetch theirs.
declare -A fetching
for server in $servers; do
  "$here/$server.sh" get "$cache" >"$work/$server.get" 2>&1 &
  fetching[$server]=$!
done

names=()
declare -A port
for server in $servers; do
  if ! wait "${fetching[$server]}"; then
    echo "skipped: $server: $(tail -n 1 "$work/$server.get")"
    continue
  fi
  port[$server]=$(free_port)
  mkdir "$work/$server"
  "$here/$server.sh" serve "$cache" "$work/$server" "${port[$server]}" >"$work/$server.log" 2>&1 &
  pids+=($!)
  names+=("$server")
done

STRONGROOM_TEST_S3=
for server in "${names[@]}"; do
  answers=no
  for _ in $(seq 300); do
    if (exec 3<>"/dev/tcp/127.0.0.1/${port[$server]}") 2>/dev/null; then answers=yes && break; fi
    sleep 0.2
  done
  if [ "$answers" = no ]; then
    echo "skipped: $server: it does not answer: $(tail -n 1 "$work/$server.log")"
    continue
  fi
  STRONGROOM_TEST_S3+="${STRONGROOM_TEST_S3:+,}$server=http://127.0.0.1:${port[$server]}"
done
export STRONGROOM_TEST_S3
echo "servers: ${STRONGROOM_TEST_S3:-none}"

if [ $# -gt 0 ]; then
  "$@"
else
  printf 'export AWS_ACCESS_KEY_ID=%s AWS_SECRET_ACCESS_KEY=%s AWS_REGION=%s STRONGROOM_TEST_S3=%s\n' \
    "$AWS_ACCESS_KEY_ID" "$AWS_SECRET_ACCESS_KEY" "$AWS_REGION" "$STRONGROOM_TEST_S3"
  cat >/dev/null
fi
