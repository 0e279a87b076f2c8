#!/usr/bin/env bash
# The Versity S3 gateway (Apache-2.0) on a directory: checks signatures, keeps versions and locks,
# and its conditional writes are atomic in every kind of bucket. The strictest of the servers here.
set -euo pipefail

version=v1.8.0
binary=$2/versitygw-$version

case $1 in
  get)
    if [ ! -x "$binary" ]; then
      command -v go >/dev/null || { echo "there is no Go to build it with"; exit 1; }
      build=$(mktemp -d)
      trap 'rm -rf "$build"' EXIT
      GOBIN=$build go install "github.com/versity/versitygw/cmd/versitygw@$version" ||
        { echo "it cannot be built"; exit 1; }
      mv "$build/versitygw" "$binary"
    fi
    ;;
  serve)
    mkdir "$3/objects" "$3/versions" "$3/metadata"
    # Not every file system keeps the attributes that metadata would go to.
    export ROOT_ACCESS_KEY=$AWS_ACCESS_KEY_ID ROOT_SECRET_KEY=$AWS_SECRET_ACCESS_KEY
    exec "$binary" --quiet --port "127.0.0.1:$4" --region "$AWS_REGION" \
      posix --versioning-dir "$3/versions" --sidecar "$3/metadata" "$3/objects"
    ;;
esac
