"""How much of each step's speed is left when every core has another process to run as well.

usage: busy_machine.py [--radlads build/release/radlads] [--teacher assets/teacher] [--rounds 3] [--other PROGRAM]

A round converts the teacher and decodes with it, once on the machine as it is and once with an endless loop on each core;
with --other, such as an older build, in turn with that program too. The table has the medians over the rounds: the rates, and
the busy one as a fraction of the idle one. A fair scheduler leaves 50%.
"""
import argparse
import contextlib
import json
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import tempfile

STEPS = ("sample", "align", "distill", "score")
RATE = re.compile(r"^(sample|align|distill|score) +100% .*? ([\d.]+)([kMG]?) (?:tokens|documents)/s", re.MULTILINE)
FACTORS = {"": 1, "k": 1e3, "M": 1e6, "G": 1e9}
LIMIT = 900  # seconds; a build with spinning threads may not finish


def output_of(command: list[str]) -> str:
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, timeout=LIMIT)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)} failed:\n{done.stderr}")
    return done.stderr


@contextlib.contextmanager
def neighbors(count: int):
    """`count` processes that do nothing but use a core."""
    loops = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(count)]
    try:
        yield
    finally:
        for loop in loops:
            loop.kill()
            loop.wait()


def rates_of(radlads: str, teacher: str, scale: float, folder: pathlib.Path) -> dict[str, float]:
    """Tokens or documents per second of each step; steps that did not finish within the limit have 0."""
    student = folder / "student"
    tokens = lambda count: str(round(count * scale))
    convert = [radlads, "convert", teacher, str(student), "--overwrite", "--mixer", "rwkv7", "--data", "self", "--self.tokens", tokens(60e3),
               "--self.context", "256", "--align.tokens", tokens(100e3), "--align.context", "128", "--align.batch", "32",
               "--distill.tokens", tokens(60e3), "--distill.context", "256", "--distill.batch", "16", "--extend.tokens", "0"]
    figures = folder / "decode.json"
    try:
        rates = {m[1]: float(m[2]) * FACTORS[m[3]] for m in RATE.finditer(output_of(convert))}
        if set(rates) != set(STEPS):
            sys.exit(f"{' '.join(convert)}: no rate of {', '.join(set(STEPS) - set(rates))}")
        output_of([radlads, "bench", str(student), "--positions", "1000", "--json", str(figures)])
        rates["decode"] = 1000 / json.loads(figures.read_text())[0]["ms_per_token"]
    except subprocess.TimeoutExpired:
        rates = {}
    shutil.rmtree(f"{student}.run", ignore_errors=True)
    return {step: rates.get(step, 0.0) for step in (*STEPS, "decode")}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--radlads", default="build/release/radlads")
    parser.add_argument("--other", help="a second program, measured in turn with the first")
    parser.add_argument("--teacher", default="assets/teacher")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--scale", type=float, default=1, help="factor on the number of tokens")
    args = parser.parse_args()
    programs = [args.radlads] + ([args.other] if args.other else [])
    cores = len(os.sched_getaffinity(0))
    measured = {(program, busy): [] for program in programs for busy in (False, True)}
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(args.rounds):
            for program, busy in measured:
                with neighbors(cores if busy else 0):
                    measured[program, busy].append(rates_of(program, args.teacher, args.scale, pathlib.Path(folder)))
    print(f"| step | program | idle, per second | with {cores} neighbors | left |\n|---|---|---:|---:|---:|")
    for step in (*STEPS, "decode"):
        for program in programs:
            idle, busy = (statistics.median(rates[step] for rates in measured[program, busy]) for busy in (False, True))
            print(f"| {step} | {program} | {idle:.4g} | {busy:.4g} | {busy / idle:.0%} |" if idle else f"| {step} | {program} | no end |")


if __name__ == "__main__":
    main()
