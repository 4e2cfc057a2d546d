#!/usr/bin/env bash
# Builds the fuzz targets and runs each for some seconds, one per core, from small inputs that are made of the repository's
# files. A line for each says how many inputs it ran and how many edges of the code they reached.
#
#   tests/fuzz/run.sh [SECONDS]      SECONDS default 60
#
# A finding is an input that does anything but being read or being refused by a UserError: it ends the run with status 1 and is kept
# in build/fuzz/findings.
set -euo pipefail
cd "$(dirname "$0")/../.."
seconds=${1:-60}
[[ $seconds =~ ^[1-9][0-9]*$ ]] || { echo "usage: $0 [SECONDS]" >&2; exit 2; }

./setup --native --fuzz
cmake --preset fuzz >/dev/null
cmake --build --preset fuzz --target fuzz

# Each input becomes a file: in memory, where there is such a folder.
scratch=$(mktemp -d -p "$([ -w /dev/shm ] && echo /dev/shm || echo "${TMPDIR:-/tmp}")" radlads-fuzz-XXXXXX)
trap 'rm -rf "$scratch"' EXIT
export TMPDIR=$scratch findings=build/fuzz/findings scratch seconds
mkdir -p "$findings"
python3 tests/fuzz/seeds.py "$scratch/corpus"

run_target() {
  local name=$1 program=build/fuzz/fuzz/$1_fuzz log=$findings/$1.log
  local result=OK
  "$program" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 -dict=tests/fuzz/json.dict \
      -artifact_prefix="$findings/$name-" "$scratch/corpus/$name" >"$log" 2>&1 || result=FAILED
  local inputs edges
  inputs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
  edges=$(grep -o ' cov: [0-9]*' "$log" | tail -1 | cut -d' ' -f3)
  printf '%-15s %9s inputs, %5s edges: %s\n' "$name" "${inputs:-?}" "${edges:-?}" "$result"
  [ "$result" = OK ] && { rm "$log"; return; }
  local input
  input=$(sed -n 's/.*Test unit written to //p' "$log" | tail -1)
  grep -m 3 -E 'ERROR|SUMMARY|runtime error|what\(\)' "$log" | sed 's/^/  /' || true
  echo "  again: $program ${input:-(no input was kept)}    log: $log"
  return 1
}
export -f run_target

find build/fuzz/fuzz -name '*_fuzz' -printf '%f\n' | sed 's/_fuzz$//' | sort |
  xargs -P "$(nproc)" -I NAME bash -c 'run_target NAME' || exit 1
