#!/usr/bin/env bash
# Makes a virtual environment with one version of transformers for the checks in this folder, and prints its Python.
# Idempotent; the first run downloads torch from PyPI: 0.9 GB where CUDA's libraries are installed, else gigabytes.
#
#   python=$(tests/huggingface/environment.sh 4.51.3)
#   "$python" tests/huggingface/golden.py ../shared/golden/students
#
# RADLADS_HF_ENV=DIR puts it somewhere other than $XDG_CACHE_HOME/radlads/hf-VERSION.
set -euo pipefail
[ $# -eq 1 ] || { echo "usage: $0 VERSION_OF_TRANSFORMERS" >&2; exit 2; }
version=$1
torch_version=2.11.0
folder=${RADLADS_HF_ENV:-${XDG_CACHE_HOME:-$HOME/.cache}/radlads/hf-$version}
python=$folder/bin/python
# torch's dependencies except the GPU's, and the small libraries that its loader also needs without a GPU.
of_torch="typing_extensions sympy networkx jinja2 fsspec filelock"
of_loader="nvidia-cuda-runtime==13.0.* nvidia-cuda-cupti==13.0.* nvidia-cufile==1.15.* nvidia-cusparselt-cu13==0.8.0 nvidia-nvshmem-cu13==3.4.5"
wanted="torch==$torch_version transformers==$version accelerate safetensors numpy sentencepiece psutil"

install() { "$python" -m pip install --quiet --disable-pip-version-check "$@" >&2; }

if [ "$(cat "$folder/packages" 2>/dev/null)" != "$wanted" ]; then
  python3 -m venv "$folder" >&2
  # shellcheck disable=SC2086  # lists of words
  {
    install --no-deps "torch==$torch_version" accelerate $of_loader
    install "transformers==$version" safetensors numpy sentencepiece psutil $of_torch
  }
  # If the machine has no CUDA libraries of its own, torch does not load without them.
  "$python" -c "import torch" 2>/dev/null || install "torch==$torch_version"
  echo "$wanted" > "$folder/packages"
fi
echo "$python"
