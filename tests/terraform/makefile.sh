#!/usr/bin/env bash
# Runs the targets of deploy/Makefile with programs that only write down how they were called.
set -euo pipefail

root=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0
mkdir "$work/bin" "$work/place"
cd "$work/place"

# One argument a line, a blank line after each call. FAIL names the call that fails.
cat >"$work/bin/strongroom" <<'RECORDER'
#!/usr/bin/env bash
{ printf '%s' "${0##*/}"; printf ' [%s]' "$@"; echo; } >>"$CALLS"
case " $* " in
  *" ${FAIL:-nothing} "*) exit 1 ;;
  *" state-key "*) echo "${STATE_KEY-envs/dev/s3/S3-0001/terraform.tfstate}" ;;
  *" bucket-policy "*) echo '{"Statement": []}' ;;
  *" tfvars "*) echo '{"s3_bucket": {}}' ;;
esac
for argument in "$@"; do
  case $argument in -var-file=*) { cat "${argument#*=}" && echo "$TF_VAR_bucket_policy"; } >>"$CALLS" ;; esac
done
RECORDER
chmod +x "$work/bin/strongroom"
cp "$work/bin/strongroom" "$work/bin/terraform"
export CALLS=$work/calls PATH=$work/bin:$PATH HOME=$work
unset MAKEFLAGS MAKEOVERRIDES STRONGROOM TERRAFORM "${!S3_@}" XDG_CACHE_HOME TF_PLUGIN_CACHE_DIR

s3() { : >"$CALLS" && make --no-print-directory -f "$root/deploy/Makefile" "$@" >"$work/output" 2>&1; }

expect() {
  local name=$1 wanted=$2 found=$3
  if [ "$wanted" = "$found" ]; then
    [ -n "${quiet:-}" ] || echo "ok      make: $name"
  else
    failed=1
    printf 'FAILED  make: %s\n        expected %q\n        found    %q\n' "$name" "$wanted" "$found"
  fi
}

request=docs/20-contracts/s3-requests/dev/S3-0001.yaml
state=(S3_STATE_BUCKET=states S3_STATE_REGION=eu-west-1)
calls() { sed -e "s#$root#ROOT#" -e 's#=/[^]]*/request.tfvars.json#=FILE#' "$CALLS"; }

s3 s3-validate S3_REQUEST=$request
expect "s3-validate" "strongroom [contract] [validate] [--] [$request]" "$(calls)"

s3 s3-generate S3_REQUEST=$request
expect "s3-generate" "strongroom [contract] [validate] [--] [$request]
strongroom [contract] [render] [--] [$request]" "$(calls)"

generate="strongroom [contract] [validate] [--] [$request]
strongroom [contract] [render] [--] [$request]
strongroom [contract] [render] [--print] [state-key] [--] [$request]
strongroom [contract] [render] [--print] [tfvars] [--] [$request]
strongroom [contract] [render] [--print] [bucket-policy] [--] [$request]"
init="terraform [-chdir=ROOT/deploy/terraform/roots/s3-request] [init] [-input=false] [-backend-config=bucket=states]"
init+=" [-backend-config=key=envs/dev/s3/S3-0001/terraform.tfstate] [-backend-config=region=eu-west-1] [-backend-config=encrypt=true]"
apply="terraform [-chdir=ROOT/deploy/terraform/roots/s3-request] [apply] [-var-file=FILE]"

s3 s3-apply S3_REQUEST=$request "${state[@]}" S3_LOCK_TABLE=locks
expect "s3-apply, with a lock table" "$generate
$init [-backend-config=dynamodb_table=locks]
$apply
{\"s3_bucket\": {}}
{\"Statement\": []}" "$(calls)"

s3 s3-apply S3_REQUEST=$request "${state[@]}" S3_AUTO_APPROVE=true
expect "s3-apply, with a lock file and without asking" "$generate
$init [-backend-config=use_lockfile=true]
$apply [-input=false] [-auto-approve]
{\"s3_bucket\": {}}
{\"Statement\": []}" "$(calls)"

# A value that make or a shell would run leaves a file behind.
count=0
quiet=yes
for hostile in 'a; touch pwned' '$(touch pwned)' '$(shell touch pwned)' '${shell touch pwned}' '`touch pwned`' '"; touch pwned; "' \
  "'; touch pwned; '" '| touch pwned' '& touch pwned' '--help' $'a\ntouch pwned' '$(info pwned)' '$$(touch pwned)' 'ü #a \'; do
  count=$((count + 1))
  s3 s3-validate "S3_REQUEST=$hostile" || true
  expect "hostile value $count, as an argument" "strongroom [contract] [validate] [--] [$hostile]" "$(cat "$CALLS")"
  S3_REQUEST=$hostile s3 s3-validate || true
  expect "hostile value $count, from the environment" "strongroom [contract] [validate] [--] [$hostile]" "$(cat "$CALLS")"
  s3 s3-apply S3_REQUEST=$request "S3_STATE_BUCKET=$hostile" "S3_STATE_REGION=$hostile" "S3_LOCK_TABLE=$hostile" || true
  wanted="[-backend-config=bucket=$hostile] [-backend-config=key=envs/dev/s3/S3-0001/terraform.tfstate]"
  wanted+=" [-backend-config=region=$hostile] [-backend-config=encrypt=true] [-backend-config=dynamodb_table=$hostile]"
  found=no
  case $(cat "$CALLS") in *"$wanted"*) found=yes ;; esac
  expect "hostile value $count, in the state" yes "$found"
done
quiet=
expect "nothing was run out of $count hostile values" "" "$(find "$root" "$work" -name pwned -not -path '*/node_modules/*' -not -path '*/target/*')"

refused() {
  local name=$1 text=$2 last=$3
  shift 3
  if s3 "$@"; then expect "$name" refused passed; fi
  grep -qF -- "$text" "$work/output" || expect "$name: says" "$text" "$(cat "$work/output")"
  expect "$name: goes no further" "$last" "$(tail -n 1 "$CALLS")"
}
refused "no request" 'say which contract' '' s3-validate
refused "no state bucket" 'which bucket keeps' "strongroom [contract] [render] [--] [$request]" s3-apply S3_REQUEST=$request
FAIL=validate refused "a contract that is wrong" 'Error 1' "strongroom [contract] [validate] [--] [$request]" \
  s3-apply S3_REQUEST=$request "${state[@]}"
FAIL=state-key refused "no state key" 'Error 1' "strongroom [contract] [render] [--print] [state-key] [--] [$request]" \
  s3-apply S3_REQUEST=$request "${state[@]}"
STATE_KEY='' refused "an empty state key" 'is not the key of a state' "strongroom [contract] [render] [--print] [state-key] [--] [$request]" \
  s3-apply S3_REQUEST=$request "${state[@]}"
FAIL=tfvars refused "no tfvars" 'Error 1' "strongroom [contract] [render] [--print] [tfvars] [--] [$request]" \
  s3-apply S3_REQUEST=$request "${state[@]}"
FAIL=bucket-policy refused "no bucket policy" 'Error 1' "strongroom [contract] [render] [--print] [bucket-policy] [--] [$request]" \
  s3-apply S3_REQUEST=$request "${state[@]}"

exit $failed
