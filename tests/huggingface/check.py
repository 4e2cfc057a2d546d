"""Checks an exported student with transformers and against `radlads`: one line each, exit code 1 on a failure.

usage: check.py --radlads build/release/radlads --folder STUDENT [--reference]

The folder is loaded by the calls that a user would write. With --reference it is one without these modeling
files, as published for the reference implementation: they are laid beside a copy of it.
"""

import argparse
import pathlib
import subprocess
import sys
import tempfile

import student_folder
import torch
import transformers
from golden import error
from safetensors.torch import load_file

PROMPTS = [
    "Once upon a time there was a little girl named Lily. One day she went to the park with her mum and saw",
    "The dog",
]
NEW_TOKENS = 50
LOGITS_BOUND = 1e-4


class Student:
    """A folder, its model in float32, its tokenizer, and the program to compare with."""

    def __init__(self, folder, radlads, scratch):
        self.folder, self.radlads, self.scratch = folder, radlads, scratch
        self.model = student_folder.load(folder, torch.float32)
        self.tokenizer = student_folder.load_tokenizer(folder)

    def ids(self, prompt):
        return self.tokenizer(prompt, return_tensors="pt").input_ids

    def generate(self, inputs, **arguments):
        """The new tokens only, [B, <= NEW_TOKENS]."""
        output = self.model.generate(**inputs, max_new_tokens=NEW_TOKENS, do_sample=False, **arguments)
        return output[:, inputs["input_ids"].shape[1] :]

    def run(self, *arguments):
        done = subprocess.run([self.radlads, *map(str, arguments)], capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"radlads {arguments[0]} ended with {done.returncode}: {done.stderr.strip()[-300:]}")
        return done.stdout


def expect(condition, message):
    if not condition:
        raise AssertionError(message)


def check_slow_tokenizer(student):
    """vocab.json and merges.txt agree with tokenizer.json."""
    if not all((student.folder / name).exists() for name in ("vocab.json", "merges.txt")):
        return "no vocab.json and merges.txt to read"
    slow = student_folder.load_tokenizer(student.folder, use_fast=False)
    for prompt in PROMPTS:
        expect(slow(prompt).input_ids == student.tokenizer(prompt).input_ids, f"other tokens for {prompt!r}")
    return f"{type(slow).__name__}"


@torch.no_grad()
def check_logits(student):
    """The logits of every position are those of `radlads logits`."""
    errors = []
    for prompt in PROMPTS:
        ids, out = student.ids(prompt), student.scratch / "logits.safetensors"
        student.run("logits", student.folder, "--ids", ",".join(map(str, ids[0].tolist())), "--out", out)
        logits = load_file(out)["logits"]  # [T,V]
        expect(logits.shape == (ids.shape[1], student.model.config.vocab_size), f"shape {list(logits.shape)}")
        errors.append(error(logits, student.model(ids).logits[0].cpu()))
    expect(max(errors) <= LOGITS_BOUND, f"error {max(errors):.1e}, at most {LOGITS_BOUND:.0e}")
    return f"error {max(errors):.1e}"


def check_greedy(student):
    """Greedy text is that of `radlads generate`."""
    for prompt in PROMPTS:
        inputs = student.tokenizer(prompt, return_tensors="pt")
        new = student.generate(inputs)[0].tolist()
        before, after = (
            student.tokenizer.decode(ids, skip_special_tokens=True)
            for ids in (inputs["input_ids"][0].tolist(), inputs["input_ids"][0].tolist() + new)
        )
        expected = after.removeprefix(before)
        actual = student.run("generate", student.folder, "--prompt", prompt, "--max-new-tokens", NEW_TOKENS, "--greedy")
        expect(
            actual.strip() == expected.strip(),
            f"transformers {expected.strip()!r}, radlads {actual.strip()!r}",
        )
    return f"{len(PROMPTS)} x {NEW_TOKENS} tokens"


def check_cache(student):
    """With and without a cache: the same tokens."""
    for prompt in PROMPTS:
        inputs = student.tokenizer(prompt, return_tensors="pt")
        cached, uncached = student.generate(inputs, use_cache=True), student.generate(inputs, use_cache=False)
        expect(torch.equal(cached, uncached), f"{cached[0].tolist()} and {uncached[0].tolist()} after {prompt!r}")
    return f"{len(PROMPTS)} x {NEW_TOKENS} tokens"


def check_padding(student):
    """Left-padded in a batch, every prompt gives the tokens that it gives alone."""
    prompts = [student.ids(prompt)[0] for prompt in PROMPTS]
    alone = [
        student.generate({"input_ids": ids[None], "attention_mask": torch.ones_like(ids)[None]})[0] for ids in prompts
    ]
    T = max(len(ids) for ids in prompts)
    pad = torch.nn.functional.pad
    inputs = {
        "input_ids": torch.stack([pad(ids, (T - len(ids), 0)) for ids in prompts]),
        "attention_mask": torch.stack([pad(torch.ones_like(ids), (T - len(ids), 0)) for ids in prompts]),
    }
    for row, expected in zip(student.generate(inputs), alone, strict=True):
        expect(torch.equal(row[: len(expected)], expected), f"{row.tolist()} instead of {expected.tolist()}")
    return f"{len(PROMPTS)} x {NEW_TOKENS} tokens"


@torch.no_grad()
def check_save(student):
    """save_pretrained and from_pretrained change nothing."""
    saved = student.scratch / "saved"
    student.model.save_pretrained(saved)
    student.tokenizer.save_pretrained(saved)
    loaded = student_folder.load(saved, torch.float32)
    ids = student.ids(PROMPTS[0])
    expect(torch.equal(loaded(ids).logits, student.model(ids).logits), "other logits")
    tokens = student_folder.load_tokenizer(saved)(PROMPTS).input_ids
    expect(tokens == student.tokenizer(PROMPTS).input_ids, "other tokens")
    return "equal"


@torch.no_grad()
def check_bfloat16(student):
    """Loads and generates in bfloat16 too, with finite logits."""
    model = student_folder.load(student.folder, torch.bfloat16)
    inputs = student.tokenizer(PROMPTS[0], return_tensors="pt")
    expect(model(**inputs).logits.isfinite().all(), "logits are not finite")
    model.generate(**inputs, max_new_tokens=8, do_sample=False)
    return "finite"


CHECKS = {
    "slow tokenizer": check_slow_tokenizer,
    "logits": check_logits,
    "greedy": check_greedy,
    "cache": check_cache,
    "padding": check_padding,
    "save": check_save,
    "bfloat16": check_bfloat16,
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--radlads", required=True, help="the program radlads")
    parser.add_argument("--folder", required=True, type=pathlib.Path, help="the student")
    parser.add_argument(
        "--reference",
        action="store_true",
        help="the folder has no modeling files of ours: add them to a copy",
    )
    arguments = parser.parse_args()
    print(f"transformers {transformers.__version__}, torch {torch.__version__}, {arguments.folder}")
    failed = False
    with tempfile.TemporaryDirectory() as scratch:
        folder = arguments.folder
        if arguments.reference:
            folder = student_folder.copy_with_modeling_files(folder, scratch)
        student = Student(folder, arguments.radlads, pathlib.Path(scratch))
        for name, check in CHECKS.items():
            try:
                print(f"ok   {name}: {check(student)}", flush=True)
            except Exception as problem:  # whatever goes wrong in a check is that check's failure
                failed = True
                print(f"FAIL {name}: {type(problem).__name__}: {problem}", flush=True)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
