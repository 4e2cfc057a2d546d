"""Trains the same two steps with radlads and with another program, in turn, and prints the table of both.

usage: training_pair.py --teacher TEACHER --data FILE [--rival 'python rival.py bench --teacher TEACHER --compile'] [--rounds 3]

Every round runs each mixer and step once per program, so that both see the same machine. The figure of a run is the median
over its updates after the first three; the table has the median over the rounds. Peak memory is the highest resident set of
any process of the run. The rival must print lines like `rad7 step 2 ...: 6027 tok/s ..., rss 2465 MiB`.
"""
import argparse
import json
import os
import pathlib
import re
import shlex
import statistics
import subprocess
import sys
import tempfile

STEPS = ("align", "distill")
RIVAL_LINE = re.compile(r"(rad\d) step (\d).*: (\d+) tok/s.*rss (\d+) MiB")


def peak_of(command: list[str]) -> int:
    """Runs a command to its end; the peak memory of it and its children, in MiB."""
    with open(os.devnull, "w") as nothing:
        process = subprocess.Popen(command, stdout=nothing, stderr=subprocess.PIPE, text=True)
        errors = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        sys.exit(f"{shlex.join(command)} failed:\n{errors}")
    return usage.ru_maxrss // 1024


def ours(args, mixer: str, step: str, recompute: str, folder: str) -> tuple[float, int]:
    tokens = args.updates * args.batch * args.context
    others = [flag for other in (*STEPS, "extend") if other != step for flag in (f"--{other}.tokens", "0")]
    student = f"{folder}/{mixer}-{step}-{recompute}"
    peak = peak_of([args.radlads, "convert", args.teacher, student, "--overwrite", "--data", args.data, "--mixer", mixer,
                    f"--{step}.tokens", str(tokens), f"--{step}.context", str(args.context), f"--{step}.batch", str(args.batch),
                    *others, "--threads", str(args.threads), "--dtype", "float32", "--recompute", recompute,
                    "--eval.documents", "1"])
    rows = [json.loads(line) for line in pathlib.Path(f"{student}.run/log.jsonl").read_text().splitlines()]
    return statistics.median(row["tokens_per_second"] for row in rows if row.get("step") == step and row["update"] >= 3), peak


def rival(args, mixer: str) -> dict[str, tuple[float, int]]:
    kind = mixer.replace("rwkv", "rad")
    command = [*shlex.split(args.rival), "--kinds", kind, "--threads", str(args.threads)]
    done = subprocess.run(command, capture_output=True, text=True)
    found = {STEPS[int(m[2]) - 1]: (float(m[3]), int(m[4])) for m in RIVAL_LINE.finditer(done.stdout)}
    if done.returncode != 0 or set(found) != set(STEPS):
        sys.exit(f"{shlex.join(command)} failed:\n{done.stdout}\n{done.stderr}")
    return found


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--radlads", default="build/release/radlads")
    parser.add_argument("--rival")
    parser.add_argument("--teacher", required=True)
    parser.add_argument("--data", required=True)
    parser.add_argument("--mixers", default="rwkv6,rwkv7")
    parser.add_argument("--context", type=int, default=256)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--updates", type=int, default=13)
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()

    figures: dict[tuple[str, str, str], list[tuple[float, int]]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(args.rounds):
            for mixer in args.mixers.split(","):
                if args.rival:
                    for step, figure in rival(args, mixer).items():
                        figures.setdefault((mixer, step, "rival"), []).append(figure)
                for step in STEPS:
                    for recompute in ("false", "true") if step == "distill" else ("false",):
                        name = "radlads, recompute" if recompute == "true" else "radlads"
                        figures.setdefault((mixer, step, name), []).append(ours(args, mixer, step, recompute, folder))

    print("| mixer | step | program | tokens/s | to the rival | peak memory, MiB |\n|---|---|---|---:|---:|---:|")
    for (mixer, step, name), values in figures.items():
        speed, peak = statistics.median(v[0] for v in values), max(v[1] for v in values)
        base = figures.get((mixer, step, "rival"))
        ratio = f"{speed / statistics.median(v[0] for v in base):.2f}" if base else ""
        print(f"| {mixer} | {step} | {name} | {speed:.0f} | {ratio} | {peak} |")


main()
