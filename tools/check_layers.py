"""Checks that every folder of src/ includes only the layers below it (docs/architecture.md), and that LibTorch is included
in src/train/ and the mixers' train files alone. A mixer's files stand with the layers that call them: spec with model, infer
with infer, train with train; so do the feed-forwards'. Architectures have their names in src/mixers, in their kernels, and where published spellings or examples are listed.

usage: check_layers.py [ROOT]
"""
import pathlib
import re
import sys

NATIVE = ["core", "io", "text", "data", "recipe", "model", "mixers", "feed_forward", "kernels", "infer", "eval", "report", "conversion", "cli"]

ALLOWED = {
    "core": [],
    "io": ["core"],
    "text": ["core", "io"],
    "kernels": ["core"],
    "report": ["core"],
    "recipe": ["core", "io", "mixers"],
    "data": ["core", "io", "text"],
    "model": ["core", "io", "mixers", "feed_forward"],
    "infer": ["core", "io", "text", "model", "mixers", "feed_forward", "kernels"],
    "eval": ["core", "io", "text", "model", "mixers", "feed_forward", "kernels", "infer"],
    "conversion": ["core", "io", "text", "data", "recipe", "model", "mixers", "feed_forward", "kernels", "infer", "eval", "report"],
    "cli": NATIVE,
    "train": ["core", "io", "data", "recipe", "model", "mixers", "feed_forward", "kernels"],
}

SHARED = ("mixers", "feed_forward")  # their files stand with the layers that call them

INCLUDE = re.compile(r'^\s*#\s*include\s+([<"])([^>"]+)[>"]', re.MULTILINE)
TORCH = ("torch/", "ATen/", "c10/")

COMMENT = re.compile(r"(?<!:)//[^\n]*")
ARCHITECTURE = re.compile(r'rwkv-?[67]|rad-?[67](?![0-9])|goose|mixers::Softmax|"softmax"', re.IGNORECASE)
MAY_NAME_ARCHITECTURES = (
    "mixers/",
    "kernels/",
    "model/config_read.cc",  # what published folders call them
    "model/config_read_rwkv.cc",
    "model/rwkv_config.cc",
    "model/rwkv_layout.cc",
    "cli/examples.cc",
)


def layer_of(file: pathlib.Path, folder: pathlib.Path) -> str:
    if folder.name not in SHARED:
        return folder.name
    return file.stem if file.stem in ("infer", "train") else "model"


def names_of_architectures(text: str) -> list[str]:
    return sorted(set(ARCHITECTURE.findall(COMMENT.sub("", text))))


def problems(root: pathlib.Path):
    source = root / "src"
    for folder in sorted(path for path in source.iterdir() if path.is_dir()):
        if folder.name not in SHARED and folder.name not in ALLOWED:
            yield f"{folder.relative_to(root)}: a folder without a place among the layers"
            continue
        for file in sorted(folder.rglob("*")):
            if file.suffix not in {".h", ".cc", ".inc", ".cu", ".cuh"}:
                continue
            layer = layer_of(file, folder)
            text = file.read_text(encoding="utf-8")
            if not str(file.relative_to(source)).startswith(MAY_NAME_ARCHITECTURES):
                for name in names_of_architectures(text):
                    yield f"{file.relative_to(root)}: names {name}, which only src/mixers should know: ask its MixerSpec"
            for bracket, name in INCLUDE.findall(text):
                top = name.split("/")[0]
                where = f"{file.relative_to(root)}: includes {name}"
                if bracket == "<" and name.startswith(TORCH) and layer != "train":
                    yield where + ", but LibTorch belongs to src/train"
                if bracket == '"' and top not in (layer, folder.name) and top not in ALLOWED[layer]:
                    yield where + f", but {layer} may include {', '.join(ALLOWED[layer]) or 'nothing'}"


def main() -> int:
    found = list(problems(pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".")))
    for line in found:
        print(line)
    return 1 if found else 0


sys.exit(main())
