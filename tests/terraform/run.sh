#!/usr/bin/env bash
# Proves the Terraform files of deploy/ without a network to AWS and without the AWS provider.
#
#   run.sh [FILE...]     more tfvars files (*.tfvars.json) to plan and IAM policies (other *.json) to check
#
# Downloads (Python tools, the npm package the schema is read from) are kept in
# ${STRONGROOM_CACHE:-.cache}/terraform and fetched once.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
cache=${STRONGROOM_CACHE:-$root/.cache}/terraform
mkdir -p "$cache"
cache=$(cd "$cache" && pwd)

package=@cdktn/provider-aws
package_version=25.7.0
package_sha512=13f9e1bb4c95644e265cc8083ee23cb4416dd411312e403b0118e285d1befc799f0dfccbafe384177764151bc8ea0951b77d25aeb05640bc17a82241c5c9b252

failed=0
work=$(mktemp -d)
output=$work/output
trap 'rm -rf "$work"' EXIT

tfvars=("$here"/fixtures/*.tfvars.json)
policies=("$here"/fixtures/policies/*.json)
if command -v python3 >/dev/null; then
  python3 "$here/renderings.py" "$root/crates/contract-core/tests/it/snapshots" "$work/rendered" >"$work/renderings"
  while read -r file; do
    case $file in
      *.auto.tfvars.json) tfvars+=("$file") ;;
      *-policy.json) policies+=("$file") ;;
    esac
  done <"$work/renderings"
fi
for file in "$@"; do
  case $file in
    *.tfvars.json) tfvars+=("$(realpath "$file")") ;;
    *.json) policies+=("$(realpath "$file")") ;;
    *) echo "\`$file\` is neither a tfvars file nor a policy" >&2 && exit 2 ;;
  esac
done

# check NAME COMMAND...: runs it quietly and shows what it said only if it fails.
check() {
  local name=$1
  shift
  if "$@" >"$output" 2>&1; then
    echo "ok      $name"
  else
    failed=1
    echo "FAILED  $name"
    sed 's/^/        /' "$output"
  fi
}

# refuses NAME TEXT COMMAND...: the command must fail, and say TEXT.
refuses() {
  local name=$1 text=$2
  shift 2
  if "$@" >"$output" 2>&1; then
    failed=1
    echo "FAILED  $name: nothing was refused"
  elif ! tr -s ' \n│' ' ' <"$output" | grep -qF -- "$text"; then
    failed=1
    echo "FAILED  $name: refused, but without saying \`$text\`"
    sed 's/^/        /' "$output"
  else
    echo "ok      $name"
  fi
}

python_tools() {
  local stamp
  stamp=$(sha256sum "$here/requirements.txt" | cut -c1-16)
  venv=$cache/venv-$stamp
  if [ ! -e "$venv/ready" ]; then
    echo "        installing $(grep -c == "$here/requirements.txt") Python tools into $venv" >&2
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check -r "$here/requirements.txt"
    touch "$venv/ready"
  fi
}

# The provider's schema, made from the npm package and the blocks that our files use.
schema() {
  local archive=$cache/provider-aws-$package_version.tgz key
  if [ ! -e "$archive" ]; then
    echo "        fetching $package $package_version" >&2
    (cd "$work" && npm pack --silent "$package@$package_version" >/dev/null 2>&1)
    mv "$work/cdktn-provider-aws-$package_version.tgz" "$archive.new"
    mv "$archive.new" "$archive"
  fi
  if ! echo "$package_sha512  $archive" | sha512sum --check --quiet; then
    echo "\`$archive\` is not the package this test was written for; delete it to fetch it again" >&2
    return 1
  fi
  key=$(cat "$here/extract_schema.py" "$root"/deploy/terraform/*/*/*.tf | sha256sum | cut -c1-16)
  schema=$cache/schema-$key.json
  if [ ! -e "$schema" ]; then
    rm -f "$cache"/schema-*.json
    "$venv/bin/python" "$here/extract_schema.py" "$archive" "$schema" "$root/deploy/terraform"
  fi
}

# Terraform installs the stand-in from a directory, as if it were the real provider: so `init` works
# and the version constraint is looked at.
provider() {
  local version platform directory
  # Settings of whoever runs this must not reach the plans.
  unset "${!TF_@}"
  printf 'disable_checkpoint = true\nprovider_installation {\n  filesystem_mirror {\n    path = "%s"\n  }\n}\n' "$work/mirror" \
    >"$work/terraformrc"
  export TF_CLI_CONFIG_FILE=$work/terraformrc TF_IN_AUTOMATION=1 TF_INPUT=0 TF_CLI_ARGS=-no-color
  version=$(sed -n 's/^ "version": "\(.*\)"$/\1/p' "$schema")
  platform=$(terraform version -json | sed -n 's/.*"platform": "\(.*\)".*/\1/p')
  directory=$work/mirror/registry.terraform.io/hashicorp/aws/$version/$platform
  mkdir -p "$directory"
  printf '#!/bin/sh\nHOME=%q exec %q %q %q\n' "$cache" "$venv/bin/python" "$here/stand_in_provider.py" "$schema" \
    >"$directory/terraform-provider-aws_v$version"
  chmod +x "$directory/terraform-provider-aws_v$version"
  export AWS_REGION=eu-west-1
}

# copy NAME: a copy of deploy/terraform to work in, its state kept locally.
copy() {
  cp -r "$root/deploy/terraform" "$work/$1"
  printf 'terraform {\n  backend "local" {}\n}\n' >"$work/$1/roots/s3-request/backend_override.tf"
}

module() (cd "$work/$1/modules/s3-bucket" && terraform init -backend=false >/dev/null && "${@:2}")
request() (cd "$work/$1/roots/s3-request" && terraform init >/dev/null && "${@:2}")

# plans COPY TFVARS: plans the file, and reads the plan back into it.
plans() (
  local policy=${2%.auto.tfvars.json}.bucket-policy.json
  TF_VAR_bucket_policy='{"Statement": []}'
  [ ! -e "$policy" ] || TF_VAR_bucket_policy=$(cat "$policy")
  export TF_VAR_bucket_policy
  request "$1" terraform plan -out=plan -var-file="$2" >/dev/null || return
  cd "$work/$1/roots/s3-request"
  terraform show -json plan >plan.json && "$venv/bin/python" "$here/reached.py" "$2" plan.json
)

checkov() {
  "$venv/bin/checkov" --framework terraform --skip-download --compact --quiet --config-file "$here/checkov.yaml" \
    --skip-path tests -d "$1"
}

# broken FILE OLD NEW: a copy in which OLD, found in FILE, reads NEW; its name is left in $broken.
breaks=0
broken() {
  breaks=$((breaks + 1))
  broken=broken-$breaks
  copy "$broken"
  python3 - "$work/$broken/$1" "$2" "$3" <<'PYTHON'
import pathlib, sys
path, old, new = pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3]
text = path.read_text()
if old not in text:
    sys.exit(f"nothing to break: `{old}` is not in {path.name}")
path.write_text(text.replace(old, new, 1))
PYTHON
}

terraform_checks() {
  copy whole
  local main=modules/s3-bucket/main.tf variables=modules/s3-bucket/variables.tf file

  check "fmt" terraform fmt -check -diff -recursive "$root/deploy/terraform"
  broken $main 'bucket = local' 'bucket    = local'
  refuses "fmt: sees a crooked line" main.tf terraform fmt -check -recursive "$work/$broken"

  check "validate: module" module whole terraform validate
  check "validate: root" request whole terraform validate
  broken $main bucket_key_enabled bucket_key_enable
  refuses "validate: sees a misspelt argument" 'Did you mean "bucket_key_enabled"?' module "$broken" terraform validate
  broken $main 'sse_algorithm ' '# '
  refuses "validate: sees a missing argument" 'The argument "sse_algorithm" is required' module "$broken" terraform validate
  broken $main '"BucketOwnerEnforced"' '"BucketOwnerEnforcd"'
  refuses "validate: sees a word AWS does not know" 'is `BucketOwnerEnforcd`' module "$broken" terraform validate
  broken $main 'resource "aws_s3_bucket_versioning"' 'resource "aws_s3_bucket_version"'
  refuses "validate: sees a resource that does not exist" 'does not support resource type "aws_s3_bucket_version"' module "$broken" terraform validate

  for file in "${tfvars[@]}"; do
    check "plan: ${file##*/}" plans whole "$file"
  done
  refuses "plan: asks for the bucket policy" 'No value for required variable' \
    request whole terraform plan -var-file="$here/fixtures/dev.tfvars.json"
  sed 's/"versioning_enabled"/"versionning_enabled": true, "versioning_enabled"/' "$here/fixtures/dev.tfvars.json" >"$work/unknown.tfvars.json"
  refuses "plan: sees a field that nothing reads" 's3_bucket has a field that nothing reads' plans whole "$work/unknown.tfvars.json"
  sed 's/"days": 3650/"days": 3651/' "$here/fixtures/prod.tfvars.json" >"$work/limit.tfvars.json"
  refuses "plan: sees a limit" 'expiration.days is a whole number from 1 to 3650' plans whole "$work/limit.tfvars.json"
  broken $main 'expose_headers  =' '# '
  refuses "plan: sees a field that reaches nothing" 's3_bucket.cors_rules' plans "$broken" "$here/fixtures/prod.tfvars.json"

  broken $main '"s3:*"' '"s3:GetObject"'
  refuses "plan: sees another bucket policy than was rendered" 'bucket policy.Statement' \
    plans "$broken" "$(grep -m 1 'auto.tfvars.json' "$work/renderings")"
  broken $main '"GlacierStorage",' ''
  refuses "plan: sees another alarm than was rendered" 'alarm.metrics' \
    plans "$broken" "$(grep -m 1 'auto.tfvars.json' "$work/renderings")"

  check "test: settings" module whole terraform test
  broken $main 'bucket.public_access_block.ignore_public_acls' 'bucket.public_access_block.block_public_acls'
  refuses "test: sees two settings mixed up" 'ignore_public_acls did not arrive alone' module "$broken" terraform test

  check "limits" "$venv/bin/python" "$here/limits.py" "$work/whole/modules/s3-bucket" "$work/limits"
  broken $variables '<= 63' '<= 64'
  refuses "limits: see a wrong number" 'case 3' "$venv/bin/python" "$here/limits.py" "$work/$broken/modules/s3-bucket" "$work/$broken/limits"
}

static_checks() {
  output=$work/static-output
  if command -v make >/dev/null; then
    check "make: the targets of deploy/Makefile" "$here/makefile.sh"
  else
    echo "skipped: make: make is not installed"
  fi

  check "checkov" checkov "$root/deploy/terraform/modules/s3-bucket"
  mkdir -p "$work/open" && sed 's/aws_s3_bucket_public_access_block.this.bucket/""/; /^resource "aws_s3_bucket_public_access_block"/,/^}/d' \
    "$root/deploy/terraform/modules/s3-bucket/main.tf" >"$work/open/main.tf"
  refuses "checkov: sees a bucket without a public access block" CKV2_AWS_6 checkov "$work/open"

  check "parliament: ${#policies[@]} policies" "$venv/bin/python" "$here/policies.py" "${policies[@]}"
  sed 's/s3:GetObject/s3:GetObjects/' "$here/fixtures/policies/uploads.json" >"$work/misspelt.json"
  refuses "parliament: sees an action that does not exist" UNKNOWN_ACTION "$venv/bin/python" "$here/policies.py" "$work/misspelt.json"
  sed 's/kms:ViaService/kms:ViaServices/' "$here/fixtures/policies/uploads.json" >"$work/condition.json"
  refuses "parliament: sees a condition that does not exist" UNKNOWN_CONDITION "$venv/bin/python" "$here/policies.py" "$work/condition.json"
  sed 's#arn:aws:kms:.*:key/[^"]*#arn:aws:kms:eu-west-1:111122223333:alias/goldenpath-prod-s3#' "$here/fixtures/policies/uploads.json" >"$work/alias.json"
  refuses "parliament: sees an alias where a key belongs" RESOURCE_MISMATCH "$venv/bin/python" "$here/policies.py" "$work/alias.json"
  return $failed
}

if ! command -v python3 >/dev/null; then
  echo "skipped: all checks of the Terraform files: python3 is not installed"
  exit 0
fi
python_tools

# They need no Terraform, so they run beside it.
static_checks >"$work/static" &
static=$!

if ! command -v terraform >/dev/null; then
  for name in fmt validate plan test limits; do
    echo "skipped: terraform $name: terraform is not installed"
  done
elif ! command -v npm >/dev/null; then
  check "fmt" terraform fmt -check -diff -recursive "$root/deploy/terraform"
  for name in validate plan test limits; do
    echo "skipped: terraform $name: npm, which fetches the provider's schema, is not installed"
  done
else
  schema
  provider
  terraform_checks
fi

wait "$static" || failed=1
cat "$work/static"
exit $failed
