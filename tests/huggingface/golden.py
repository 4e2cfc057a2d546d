"""Checks the modeling files of python/ against golden students: one line each, exit code 1 on a failure.

usage: golden.py STUDENTS_FOLDER [--attention eager|sdpa]

Every student is loaded through its auto_map, in float32, and compared with its io.safetensors: logits, mixers,
states, token-shift states, loss and gradients of the whole run; and the rest of the logits when it continues from
its own cache in one piece, token by token, and (where there is one) from the stored state.
"""

import argparse
import pathlib
import sys
import tempfile

import student_folder
import torch
import transformers
from safetensors.torch import load_file

SPLIT = 20  # tokens before the continuation
BOUND, GRADIENT_BOUND = 1e-5, 3e-5


def error(actual, expected):
    """max|a - b| / max|b|, absolute if b is 0."""
    actual, expected = actual.detach().double().cpu(), expected.double()
    return ((actual - expected).abs().max() / (expected.abs().max().item() or 1.0)).item()


def errors_of(io, prefix, actual):
    """The largest error over all tensors of io below a prefix, {prefix: error}; {} if there is none."""
    names = [name for name in io if name.startswith(prefix + ".")]
    return {prefix: max(error(actual(name.removeprefix(prefix + ".")), io[name]) for name in names)} if names else {}


def whole_run(model, io):
    """One pass over all tokens, with loss and gradients."""
    mixers = {}
    for l, layer in enumerate(model.model.layers):
        layer.self_attn.register_forward_hook(lambda _, __, output, l=l: mixers.update({l: output[0]}))
    ids = io["input_ids"]
    output = model(ids, labels=ids, use_cache=True)
    cache = output.past_key_values
    output.loss.backward()
    parameters = dict(model.named_parameters())

    def gradient(name):
        parameter = parameters[name]
        return torch.zeros_like(parameter) if parameter.grad is None else parameter.grad

    return {
        "logits": error(output.logits, io["logits"]),
        "loss": error(output.loss, io["loss"][0]),
        **errors_of(io, "mixer", lambda l: mixers[int(l)]),
        **errors_of(io, "state", lambda l: cache.states[int(l)]),
        **errors_of(io, "shift", lambda l: cache.shifts[int(l)]),
        **errors_of(io, "grad", gradient),
    }


@torch.no_grad()
def continued(model, io, cache, sizes):
    """The largest error of logits and states when the rest of the tokens comes in pieces of these sizes."""
    ids, past = io["input_ids"], SPLIT
    logits = []
    for size in sizes:
        output = model(ids[:, past : past + size], past_key_values=cache, use_cache=True)
        logits.append(output.logits)
        past += size
    states = errors_of(io, "state", lambda l: cache.states[int(l)])
    return max(error(torch.cat(logits, 1), io["logits"][:, SPLIT:]), states["state"])


@torch.no_grad()
def continuation(model, io):
    rest = io["input_ids"].shape[1] - SPLIT

    def start():
        return model(io["input_ids"][:, :SPLIT], use_cache=True).past_key_values

    errors = {
        "continued": continued(model, io, start(), [rest]),
        "stepwise": continued(model, io, start(), [1] * rest),
    }
    if "state20.0" in io:
        cache = start()
        cache.states = {l: io[f"state20.{l}"] for l in cache.states}
        cache.shifts = {l: io[f"shift20.{l}"] for l in cache.shifts}
        errors["from state20"] = continued(model, io, cache, [rest])
    return errors


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("students", type=pathlib.Path)
    parser.add_argument("--attention", default="sdpa", choices=["eager", "sdpa"])
    arguments = parser.parse_args()
    folders = sorted(path.parent for path in arguments.students.rglob("io.safetensors"))
    if not folders:
        sys.exit(f"golden.py: no io.safetensors below {arguments.students}")
    torch.set_num_threads(1)  # the students are too small for more
    print(f"transformers {transformers.__version__}, torch {torch.__version__}, attention {arguments.attention}")
    failed = False
    for folder in folders:
        io = load_file(folder / "io.safetensors")
        with tempfile.TemporaryDirectory() as parent:
            copy = student_folder.copy_with_modeling_files(folder, parent)
            model = student_folder.load(copy, torch.float32, attn_implementation=arguments.attention)
        errors = whole_run(model, io) | continuation(model, io)
        bad = [name for name, value in errors.items() if not value <= (GRADIENT_BOUND if name == "grad" else BOUND)]
        failed |= bool(bad)
        figures = ", ".join(f"{name} {value:.1e}" for name, value in errors.items())
        print(f"{'FAIL' if bad else 'ok  '} {folder.relative_to(arguments.students)}: {figures}", flush=True)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
