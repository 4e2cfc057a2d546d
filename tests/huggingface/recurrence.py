"""Checks python/recurrence_rad_rwkv.py against golden kernels: one line per file, exit code 1 on a failure.

usage: recurrence.py KERNELS_FOLDER

KERNELS_FOLDER has wkv6/ and wkv7/. Outputs, final states and all gradients, of the chunked form and, with the
same inputs fed token by token, of the single step.
"""

import argparse
import pathlib
import sys

import torch
from golden import error
from safetensors.torch import load_file
from student_folder import PYTHON

sys.path.insert(0, str(PYTHON))
from recurrence_rad_rwkv import wkv6, wkv7

INPUTS = {"wkv6": ["q", "k", "v", "logw"], "wkv7": ["r", "logw", "k", "v", "kk", "a"]}
BOUND, GRADIENT_BOUND = 1e-5, 3e-5


def run(kernel, x, S, size):
    """The recurrence over pieces of `size` tokens."""
    outputs = []
    for start in range(0, x[0].shape[1], size):
        piece = [tensor[:, start : start + size] for tensor in x]
        if kernel == "wkv6":
            q, k, v, lw = piece
            o, S = wkv6(q, k, v, lw, S)
        else:
            o, S = wkv7(*piece, S)
        outputs.append(o)
    return torch.cat(outputs, 1), S


def check(kernel, io, size):
    names = INPUTS[kernel]
    x = [io[name].clone().requires_grad_() for name in names]
    B, _, H, N = x[0].shape
    S = io.get("s0", torch.zeros(B, H, N, N)).clone().requires_grad_()
    o, S_end = run(kernel, x, S, size)
    ((o * io["do"]).sum() + (S_end * io["dsT"]).sum()).backward()
    gradients = [error(tensor.grad, io["d" + name]) for name, tensor in zip(names, x, strict=True)]
    if "ds0" in io:
        gradients.append(error(S.grad, io["ds0"]))
    return max(error(o, io["o"]), error(S_end, io["sT"])), max(gradients)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("kernels", type=pathlib.Path)
    arguments = parser.parse_args()
    files = [(kernel, file) for kernel in INPUTS for file in sorted((arguments.kernels / kernel).glob("*.safetensors"))]
    if not files:
        sys.exit(f"recurrence.py: no wkv6/*.safetensors, wkv7/*.safetensors in {arguments.kernels}")
    failed = False
    for kernel, file in files:
        io = load_file(file)
        whole, whole_gradient = check(kernel, io, io["do"].shape[1])
        step, step_gradient = check(kernel, io, 1)
        bad = not (max(whole, step) <= BOUND and max(whole_gradient, step_gradient) <= GRADIENT_BOUND)
        failed |= bad
        print(
            f"{'FAIL' if bad else 'ok  '} {kernel}/{file.stem}: chunked {whole:.1e}, gradients {whole_gradient:.1e}; "
            f"stepwise {step:.1e}, gradients {step_gradient:.1e}",
            flush=True,
        )
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
