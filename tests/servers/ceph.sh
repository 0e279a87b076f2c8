#!/usr/bin/env bash
# Ceph's RADOS gateway (LGPL) as Debian ships it, one daemon of each kind: real authentication,
# bucket policies and locks. The packages are unpacked into the cache, not installed.
#
# Version 16 ignores the condition of a write in buckets that keep versions: what the conditions
# `oldest-version` are for.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)

get() {
  command -v apt-get >/dev/null && command -v dpkg >/dev/null || { echo "there is no apt"; exit 1; }
  # shellcheck source=/dev/null
  release=$(. /etc/os-release && echo "$ID-${VERSION_ID:-}")
  [ "$release" = debian-12 ] || { echo "only the packages of Debian 12 are known to work, this is $release"; exit 1; }
  [ ! -e "$ceph/ready" ] || return 0
  local apt=$ceph/apt options
  mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial"
  # Lists, downloads and locks of our own: this needs no rights, and leaves the system alone.
  options=(-qq -o "Dir::State::lists=$apt/lists" -o "Dir::Cache=$apt/cache" -o Debug::NoLocking=1
    -o APT::Sandbox::User= -o Dir::State::status=/var/lib/dpkg/status)
  apt-get "${options[@]}" update || { echo "the lists of packages cannot be fetched"; exit 1; }
  apt-get "${options[@]}" --yes --no-install-recommends --download-only install radosgw ceph-mon ceph-osd uuid-runtime ||
    { echo "the packages cannot be fetched"; exit 1; }
  for package in "$apt"/cache/archives/*.deb; do dpkg --extract "$package" "$ceph/root"; done
  rm -rf "$apt"
  touch "$ceph/ready"
}

serve() {
  local base=$ceph/root lib=$ceph/root/usr/lib/x86_64-linux-gnu store=$1 port=$2 monitor
  export PATH=$base/usr/bin:$base/usr/sbin:$PATH
  export LD_LIBRARY_PATH=$lib:$lib/ceph:$base/lib/x86_64-linux-gnu PYTHONPATH=$base/usr/lib/python3/dist-packages
  export CEPH_CONF=$store/ceph.conf
  monitor=$(free_port)
  mkdir -p "$store"/{mon,osd,rgw,run,log}
  local id
  id=$(cat /proc/sys/kernel/random/uuid)
  cat >"$CEPH_CONF" <<CONF
[global]
fsid = $id
mon host = [v2:127.0.0.1:$monitor]
public addr = 127.0.0.1
public network = 127.0.0.0/8
cluster network = 127.0.0.0/8
ms bind ipv6 = false
auth cluster required = cephx
auth service required = cephx
auth client required = cephx
mon auth allow insecure global id reclaim = false
keyring = $store/keyring
run dir = $store/run
admin socket = $store/run/\$name.asok
pid file = $store/run/\$name.pid
log file = $store/log/\$name.log
crash dir = $store/log
heartbeat file =
plugin dir = $lib/ceph
osd class dir = $lib/rados-classes
erasure code dir = $lib/ceph/erasure-code
osd class load list = *
osd class default list = *
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 4
osd pool default pgp num = 4
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
mon max pg per osd = 1000
mon allow pool size one = true
mon data avail crit = 0
mon data avail warn = 1
[mon.a]
mon data = $store/mon
[osd.0]
osd data = $store/osd
osd objectstore = memstore
memstore device bytes = 4294967296
[client.rgw]
keyring = $store/keyring
rgw data = $store/rgw
rgw frontends = beast endpoint=127.0.0.1:$port
rgw enable usage log = false
rgw thread pool size = 64
CONF
  ceph-authtool --create-keyring "$store/keyring" --gen-key -n mon. --cap mon 'allow *'
  ceph-authtool "$store/keyring" --gen-key -n client.admin --cap mon 'allow *' --cap osd 'allow *' --cap mgr 'allow *'
  ceph-authtool "$store/keyring" --gen-key -n osd.0 --cap mon 'allow profile osd' --cap osd 'allow *'
  ceph-authtool "$store/keyring" --gen-key -n client.rgw --cap mon 'allow rw' --cap osd 'allow rwx'
  monmaptool --create --clobber --fsid "$id" --addv a "[v2:127.0.0.1:$monitor]" "$store/monmap"
  ceph-mon -i a --mkfs --monmap "$store/monmap" --keyring "$store/keyring"

  # In the foreground, as children, so that none outlives this script. The gateway goes first: it
  # waits for the others when it ends.
  local daemons=()
  # shellcheck disable=SC2317
  stop() {
    local last
    for ((last = ${#daemons[@]} - 1; last >= 0; last--)); do
      kill "${daemons[last]}" 2>/dev/null || continue
      for _ in $(seq 50); do kill -0 "${daemons[last]}" 2>/dev/null || break; sleep 0.1; done
      kill -9 "${daemons[last]}" 2>/dev/null || true
    done
    exit 0
  }
  trap stop TERM INT EXIT
  ceph-mon -f -i a &
  daemons+=($!)
  local ceph="/usr/bin/python3 $base/usr/bin/ceph" number
  number=$(cat /proc/sys/kernel/random/uuid)
  $ceph osd new "$number"
  ceph-osd -i 0 --mkfs --osd-uuid "$number"
  $ceph osd crush add-bucket here host
  $ceph osd crush move here root=default
  $ceph osd crush add osd.0 1.0 host=here
  ceph-osd -f -i 0 &
  daemons+=($!)
  for _ in $(seq 200); do
    ! $ceph osd stat | grep -q '1 up' || break
    sleep 0.3
  done
  radosgw-admin user create --uid=test --display-name=test \
    --access-key="$AWS_ACCESS_KEY_ID" --secret="$AWS_SECRET_ACCESS_KEY" >/dev/null
  radosgw -f -n client.rgw &
  daemons+=($!)
  wait "${daemons[@]}"
}

free_port() {
  python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

ceph=$2/ceph-16
case $1 in
  get) get ;;
  serve) serve "$3" "$4" ;;
esac
