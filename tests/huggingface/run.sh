#!/usr/bin/env bash
# Every check of this folder with one version of transformers: the golden students, random ones, and students that this
# build exports (both mixers, with and without gate and GroupNorm, a hybrid; their teacher is Qwen-shaped with grouped heads).
#
#   tests/huggingface/run.sh 4.51.3
#
# RADLADS_PRESET (default release) chooses the build; RADLADS_SHARED (default ../shared) has more golden students.
set -euo pipefail
[ $# -eq 1 ] || { echo "usage: $0 VERSION_OF_TRANSFORMERS" >&2; exit 2; }
cd "$(dirname "$0")/../.."
checks=tests/huggingface
radlads=build/${RADLADS_PRESET:-release}/radlads
golden=${RADLADS_SHARED:-../shared}/golden
[ -d "$golden" ] || golden=tests/data/golden
python=$("$checks/environment.sh" "$1")
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

"$python" "$checks/recurrence.py" "$golden/kernels"
"$python" "$checks/golden.py" "$golden/students"
"$python" "$checks/behavior.py"
"$python" "$checks/generation.py"

# The shipped teacher with a tokenizer like that in Qwen2's files: nothing is added to a text, and there is a slow one.
cp -r assets/teacher "$scratch/qwen"
"$python" - "$scratch/qwen" <<'PYTHON'
import json, pathlib, sys
folder = pathlib.Path(sys.argv[1])
tokenizer = json.loads((folder / "tokenizer.json").read_text())
tokenizer["post_processor"] = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": False, "use_regex": False}
(folder / "tokenizer.json").write_text(json.dumps(tokenizer))
config = {"tokenizer_class": "Qwen2Tokenizer", "add_prefix_space": False, "bos_token": None, "clean_up_tokenization_spaces": False,
          "eos_token": "<|endoftext|>", "errors": "replace", "pad_token": "<|endoftext|>", "split_special_tokens": False,
          "unk_token": None}
(folder / "tokenizer_config.json").write_text(json.dumps(config))
PYTHON

# A few updates move every parameter off its initial value.
student() {
  local teacher=$1 name=$2
  shift 2
  "$radlads" convert "$teacher" "$scratch/$name" --data self --self.tokens 20k --self.context 64 \
    --align.tokens 10k --align.context 64 --align.batch 8 --align.warmup_steps 0 --align.lr 1e-2 \
    --distill.tokens 10k --distill.context 64 --distill.batch 8 --distill.warmup_steps 0 --distill.lr 1e-3 \
    --extend.tokens 0 --eval.documents 0 --eval.speed false --export_dtype float32 "$@" >"$scratch/$name.log" 2>&1 \
    || { cat "$scratch/$name.log"; exit 1; }
  echo "-- student: $name"
  "$python" "$checks/check.py" --radlads "$radlads" --folder "$scratch/$name"
}
student assets/teacher rwkv6 --mixer rwkv6
student assets/teacher rwkv7 --mixer rwkv7
student assets/teacher rwkv6-hybrid --mixer rwkv6 --softmax_layers 1,4 --groupnorm_att true
student assets/teacher rwkv7-hybrid --mixer rwkv7 --softmax_layers 5 --gate_rank_type 1
student assets/teacher rwkv7-plain --mixer rwkv7 --gate_rank_type 0 --use_rope false
student "$scratch/qwen" rwkv7-qwen --mixer rwkv7
student "$scratch/qwen" rwkv6-qwen --mixer rwkv6
