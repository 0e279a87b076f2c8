#!/usr/bin/env bash
# Checks the alert rules and runs their unit tests, if promtool is at hand: it comes with Prometheus
# (`apt-get install prometheus`) and takes minutes to build.
set -euo pipefail
cd "$(dirname "$0")/../../deploy/prometheus"

promtool="${PROMTOOL:-promtool}"
if ! command -v "$promtool" >/dev/null; then
  echo "skipped: alert rules, because promtool cannot be found (or named by PROMTOOL)"
  exit 0
fi
"$promtool" check rules ledger.rules.yml
"$promtool" test rules ledger.rules.test.yml
