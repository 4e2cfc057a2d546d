"""Times lm-evaluation-harness (with transformers, float32, on a CPU) on LAMBADA and MMLU from local files: the rival of eval_pair.py.

usage: eval_harness.py MODEL DATA --subjects anatomy,virology,... [--batch 16] [--threads 2]

DATA is a folder as `radlads eval --data` reads it. Prints one JSON line: the seconds of the scoring alone (tokenization
included, loading not), and the accuracies. Needs lm_eval (0.4.13 was used), transformers and torch.
"""
import argparse
import json
import pathlib
import tempfile
import time

LAMBADA = {"task": "here_lambada", "output_type": "loglikelihood", "doc_to_text": "{{text.split(' ')[:-1]|join(' ')}}",
           "doc_to_target": "{{' '+text.split(' ')[-1]}}", "metric_list": [{"metric": "acc"}]}
QUESTION = "{{question.strip()}}\nA. {{choices[0]}}\nB. {{choices[1]}}\nC. {{choices[2]}}\nD. {{choices[3]}}\nAnswer:"


def local(config: dict, **files: pathlib.Path) -> dict:
    return {**config, "dataset_path": "json", "test_split": "test",
            "dataset_kwargs": {"data_files": {split: str(file) for split, file in files.items()}}}


def mmlu(subject: str, data: pathlib.Path) -> dict:
    about = f"The following are multiple choice questions (with answers) about {subject.replace('_', ' ')}.\n\n"
    task = {"task": f"here_mmlu_{subject}", "output_type": "multiple_choice", "fewshot_split": "dev", "num_fewshot": 5,
            "fewshot_config": {"sampler": "first_n"}, "description": about, "doc_to_text": QUESTION,
            "doc_to_choice": ["A", "B", "C", "D"], "doc_to_target": "answer", "metric_list": [{"metric": "acc"}]}
    return local(task, test=data / f"mmlu_{subject}.test.jsonl", dev=data / f"mmlu_{subject}.dev.jsonl")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("model")
    parser.add_argument("data", type=pathlib.Path)
    parser.add_argument("--subjects", required=True)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()

    import torch
    from lm_eval import simple_evaluate
    from lm_eval.models.huggingface import HFLM
    from lm_eval.tasks import TaskManager

    torch.set_num_threads(args.threads)
    model = HFLM(pretrained=args.model, dtype="float32", device="cpu", batch_size=args.batch)
    score, seconds = model.loglikelihood, 0.0

    def timed(requests, **rest):
        nonlocal seconds
        begin = time.perf_counter()
        result = score(requests, **rest)
        seconds += time.perf_counter() - begin
        return result

    model.loglikelihood = timed
    tasks = [local(LAMBADA, test=args.data / "lambada_openai.jsonl"), *(mmlu(s, args.data) for s in args.subjects.split(","))]
    with tempfile.TemporaryDirectory() as folder:
        for task in tasks:  # JSON is YAML
            pathlib.Path(folder, task["task"] + ".yaml").write_text(json.dumps(task))
        results = simple_evaluate(model, tasks=[task["task"] for task in tasks], bootstrap_iters=0, log_samples=False,
                                  task_manager=TaskManager(include_path=folder, include_defaults=False))
    accuracies = {name.removeprefix("here_"): entry["acc,none"] for name, entry in results["results"].items()}
    print(json.dumps({"scoring_seconds": seconds, "acc": accuracies}))


main()
