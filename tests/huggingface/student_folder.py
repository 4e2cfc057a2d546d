"""Loads students through transformers' auto classes, as their users do. Import this before transformers.

transformers copies modeling files into a folder of its own; here that is a temporary one, not the user's.
"""

import contextlib
import os
import pathlib
import shutil
import sys
import tempfile

MODULES = tempfile.TemporaryDirectory(prefix="radlads-modules-")
os.environ["HF_MODULES_CACHE"] = MODULES.name
os.environ["HF_HUB_OFFLINE"] = "1"

import transformers

PYTHON = pathlib.Path(__file__).resolve().parents[2] / "python"
DTYPE = "torch_dtype" if int(transformers.__version__.split(".")[0]) < 5 else "dtype"  # name of the argument

transformers.utils.logging.disable_progress_bar()
transformers.utils.logging.set_verbosity_error()


def add_modeling_files(folder):
    for file in PYTHON.glob("*.py"):
        shutil.copy(file, folder)


def copy_with_modeling_files(folder, parent):
    """A copy of a student's folder below `parent`, with the modeling files of python/ next to the weights."""
    copy = pathlib.Path(parent) / "_".join(folder.resolve().parts[-2:]).replace("-", "_").replace(".", "_")
    shutil.copytree(folder, copy, ignore=shutil.ignore_patterns("io.safetensors", "*.py"))
    add_modeling_files(copy)
    return copy


def load(folder, dtype, **arguments):
    arguments = {DTYPE: dtype, "device_map": "auto", "trust_remote_code": True} | arguments
    return transformers.AutoModelForCausalLM.from_pretrained(folder, **arguments).eval()


def load_tokenizer(folder, **arguments):
    """transformers 5 reads the model's configuration too, asks whether to trust its code, and continues without."""
    with open(os.devnull) as nobody, contextlib.redirect_stdout(None):
        answers, sys.stdin = sys.stdin, nobody
        try:
            return transformers.AutoTokenizer.from_pretrained(folder, **arguments)
        finally:
            sys.stdin = answers
