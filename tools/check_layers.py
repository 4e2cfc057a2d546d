"""Checks that every folder of src/ includes only the layers below it (docs/architecture.md), and that LibTorch is included
in src/train/ alone.

usage: check_layers.py [ROOT]
"""
import pathlib
import re
import sys

NATIVE = ["core", "io", "text", "data", "recipe", "model", "kernels", "infer", "eval", "report", "conversion", "cli"]

ALLOWED = {
    "core": [],
    "io": ["core"],
    "text": ["core", "io"],
    "kernels": ["core"],
    "report": ["core"],
    "recipe": ["core", "io"],
    "data": ["core", "io", "text"],
    "model": ["core", "io"],
    "infer": ["core", "io", "text", "model", "kernels"],
    "eval": ["core", "io", "text", "model", "kernels", "infer"],
    "conversion": ["core", "io", "text", "data", "recipe", "model", "kernels", "infer", "eval", "report"],
    "cli": NATIVE,
    "train": ["core", "io", "data", "recipe", "model", "kernels"],
}

INCLUDE = re.compile(r'^\s*#\s*include\s+([<"])([^>"]+)[>"]', re.MULTILINE)
TORCH = ("torch/", "ATen/", "c10/")


def problems(root: pathlib.Path):
    source = root / "src"
    for folder in sorted(path for path in source.iterdir() if path.is_dir()):
        if folder.name not in ALLOWED:
            yield f"{folder.relative_to(root)}: a folder without a place among the layers"
            continue
        for file in sorted(folder.rglob("*")):
            if file.suffix not in {".h", ".cc", ".inc", ".cu", ".cuh"}:
                continue
            for bracket, name in INCLUDE.findall(file.read_text(encoding="utf-8")):
                top = name.split("/")[0]
                where = f"{file.relative_to(root)}: includes {name}"
                if bracket == "<" and name.startswith(TORCH) and folder.name != "train":
                    yield where + ", but LibTorch belongs to src/train"
                if bracket == '"' and top != folder.name and top not in ALLOWED[folder.name]:
                    yield where + f", but {folder.name} may include {', '.join(ALLOWED[folder.name]) or 'nothing'}"


def main() -> int:
    found = list(problems(pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".")))
    for line in found:
        print(line)
    return 1 if found else 0


sys.exit(main())
