#!/usr/bin/env bash
# Makes a virtual environment with one version of transformers for the checks in this folder, and prints its Python.
# Idempotent; the first run downloads torch from PyPI (gigabytes).
#
#   python=$(tests/huggingface/environment.sh 4.51.3)
#   "$python" tests/huggingface/golden.py ../shared/golden/students
#
# RADLADS_HF_ENV=DIR puts it elsewhere than $XDG_CACHE_HOME/radlads/hf-VERSION.
set -euo pipefail
[ $# -eq 1 ] || { echo "usage: $0 VERSION_OF_TRANSFORMERS" >&2; exit 2; }
version=$1
torch_version=2.11.0
folder=${RADLADS_HF_ENV:-${XDG_CACHE_HOME:-$HOME/.cache}/radlads/hf-$version}
python=$folder/bin/python
wanted="torch==$torch_version transformers==$version accelerate safetensors numpy sentencepiece"

if [ "$(cat "$folder/packages" 2>/dev/null)" != "$wanted" ]; then
  python3 -m venv "$folder" >&2
  # shellcheck disable=SC2086  # a list of words
  "$python" -m pip install --quiet --disable-pip-version-check $wanted >&2
  echo "$wanted" > "$folder/packages"
fi
echo "$python"
