"""Evaluates one model with radlads and with lm-evaluation-harness, in turn, and prints the table of both.

usage: eval_pair.py MODEL DATA [--harness 'python bench/eval_harness.py'] [--subjects ...] [--batches 1,16,64] [--rounds 3]

LAMBADA without examples and MMLU subjects with five. Whole processes are timed from outside; the scoring alone is what each
program measures itself. The harness counts with its best batch. Accuracies must agree.
"""
import argparse
import json
import pathlib
import shlex
import statistics
import subprocess
import sys
import tempfile
import time

SUBJECTS = "abstract_algebra,anatomy,high_school_us_history,moral_disputes,us_foreign_policy,virology"


def timed(command: list[str]) -> tuple[float, str]:
    begin = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{shlex.join(command)} failed:\n{done.stderr[-2000:]}")
    return time.perf_counter() - begin, done.stdout


def ours(args, folder: str) -> tuple[float, float, dict]:
    """Whole seconds, scoring seconds, accuracies."""
    tasks = pathlib.Path(folder, "tasks")
    tasks.mkdir(exist_ok=True)
    (tasks / "lambada.yaml").write_text("include: lambada_openai.yaml\ntask: lambada_openai\nnum_fewshot: 0\n")
    names = ["lambada_openai", *(f"mmlu_{subject}" for subject in args.subjects.split(","))]
    output = tempfile.mkdtemp(dir=folder)
    seconds, _ = timed([args.radlads, "eval", args.model, "--tasks", ",".join(names), "--data", args.data, "--num-fewshot", "5",
                        "--include-path", str(tasks), "--threads", str(args.threads), "--output", output])
    results = json.loads(next(pathlib.Path(output).rglob("results_*.json")).read_text())
    accuracies = {name.replace("lambada_openai", "lambada"): results["results"][name]["acc,none"] for name in names}
    return seconds, sum(results["seconds"].values()), accuracies


def harness(args, batch: str) -> tuple[float, float, dict]:
    seconds, output = timed([*shlex.split(args.harness), args.model, args.data, "--subjects", args.subjects, "--batch", batch,
                             "--threads", str(args.threads)])
    line = json.loads(output.strip().splitlines()[-1])
    return seconds, line["scoring_seconds"], line["acc"]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("model")
    parser.add_argument("data")
    parser.add_argument("--radlads", default="build/release/radlads")
    parser.add_argument("--harness", default=f"{sys.executable} {pathlib.Path(__file__).parent / 'eval_harness.py'}")
    parser.add_argument("--subjects", default=SUBJECTS)
    parser.add_argument("--batches", default="1,16,64")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()

    figures: dict[str, list[tuple[float, float]]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(args.rounds):
            whole, scoring, expected = ours(args, folder)
            figures.setdefault("radlads", []).append((whole, scoring))
            for batch in args.batches.split(","):
                whole, scoring, accuracies = harness(args, batch)
                if any(abs(accuracies[name] - expected[name]) > 1e-9 for name in expected):
                    sys.exit(f"the accuracies differ: {expected} and {accuracies}")
                figures.setdefault(f"lm-evaluation-harness, batch {batch}", []).append((whole, scoring))

    own = [statistics.median(column) for column in zip(*figures["radlads"])]
    print("| program | whole, s | to radlads | scoring, s | to radlads |\n|---|---:|---:|---:|---:|")
    for name, rows in figures.items():
        whole, scoring = (statistics.median(column) for column in zip(*rows))
        print(f"| {name} | {whole:.1f} | {whole / own[0]:.1f}x | {scoring:.1f} | {scoring / own[1]:.1f}x |")


main()
