"""Makes the folder of documents that `radlads eval --data` reads, from the files that the datasets' authors publish.

usage: eval_data.py SOURCE... OUT

A SOURCE is a folder, searched recursively, or one file; zip and tar archives are read as they are. OUT must be
new or empty. It gets DATA.jsonl, or DATA.SPLIT.jsonl where several splits of a dataset were found: the fields and their order
are those of the Hugging Face hub. Prints what it made, then what it did not find and where it is published.
"""
from __future__ import annotations

import bz2
import csv
import io
import itertools
import json
import pathlib
import re
import sys
import tarfile
import zipfile
import zlib

UNREADABLE = (OSError, EOFError, ValueError, zipfile.BadZipFile, tarfile.TarError, zlib.error)


class BadInput(Exception):
    """Something is wrong with the user's input; the message is for the user."""


def reading(name: str, read):
    """Calls `read`; errors there are reported as errors in the file with this name."""
    try:
        return read()
    except UNREADABLE as error:
        first_line = str(error).partition("\n")[0]
        raise BadInput(f"{name}: cannot be read ({first_line}); download it again") from None


class File:
    """One file of a source, perhaps within an archive; `name` is its path, beginning with the source's own name."""

    def __init__(self, name: str, read, files: dict) -> None:
        self.name, self._read, self._files = name, read, files

    def text(self) -> str:
        return reading(self.name, lambda: self._read().decode("utf-8")).replace("\r\n", "\n")

    def rows(self):
        """Yields the objects of a file of JSON lines."""
        for number, line in enumerate(self.text().split("\n"), 1):
            if line.strip():
                try:
                    yield Row(json.loads(line), f"{self.name}, line {number}")
                except json.JSONDecodeError as error:
                    raise BadInput(f"{self.name}, line {number}: not JSON ({error.msg}); download it again") from None

    def table(self):
        """Yields the rows of a file of tab-separated values without quotes, by the names in its first line; what a row
        lacks at its end is None."""
        header, *lines = self.text().split("\n")
        names = header.split("\t")
        for number, line in enumerate(lines, 2):
            if line:
                cells = itertools.zip_longest(names, line.split("\t")[:len(names)])
                yield Row(dict(cells), f"{self.name}, line {number}")

    def sibling(self, name: str) -> File:
        path = f"{self.name.rpartition('/')[0]}/{name}"
        if path not in self._files:
            raise BadInput(f"{self.name}: {name} is missing next to it")
        return self._files[path]


class Row(dict):
    """One object of a file; a missing key is the user's error."""

    def __init__(self, value, where: str) -> None:
        if not isinstance(value, dict):
            raise BadInput(f"{where}: not an object")
        super().__init__(value)
        self.where = where

    def __missing__(self, key: str):
        raise BadInput(f"{self.where}: no key {key!r}; not the file that its name suggests")

    def pick(self, *keys: str) -> dict:
        return {key: self[key] for key in keys}


def lambada(file: File):
    return (row.pick("text") for row in file.rows())


def lambada_plain(file: File):
    return ({"text": line, "domain": None} for line in file.text().splitlines())


def hellaswag(file: File):
    for row in file.rows():
        document = row.pick("ind", "activity_label", "ctx_a", "ctx_b", "ctx", "endings", "source_id", "split", "split_type")
        yield {**document, "label": str(row["label"])}


def hellaswag_text(file: File):
    """Six lines for a document: context, number of the right ending, four endings. The context's last, unfinished sentence
    is `ctx_b`; it begins in lower case."""
    lines = file.text().rstrip("\n").split("\n")
    for index in range(0, len(lines), 6):
        context, label, *endings = lines[index:index + 6]
        activity, colon, text = context.partition(": ")
        if not colon or label not in ("0", "1", "2", "3") or len(endings) != 4:
            raise BadInput(f"{file.name}, line {index + 1}: not a context, a label and four endings")
        begin = text.rfind(". ") + 2
        unfinished = begin > 1 and text[begin:begin + 1].islower() and not text.endswith((".", "!", "?"))
        first, last = (text[:begin - 1], text[begin:]) if unfinished else (text, "")
        yield {"ind": index // 6, "activity_label": activity, "ctx_a": first, "ctx_b": last, "ctx": text, "endings": endings,
               "label": label}


def piqa(file: File):
    name = file.name.rpartition("/")[2].replace(".jsonl", "-labels.lst")
    rows, labels = list(file.rows()), file.sibling(name).text().split()
    if len(rows) != len(labels):
        raise BadInput(f"{file.name}: {len(rows)} questions, but {len(labels)} labels in {name}")
    return ({**row.pick("goal", "sol1", "sol2"), "label": int(label)} for row, label in zip(rows, labels))


def lettered(texts: list) -> dict:
    return {"text": texts, "label": [chr(ord("A") + i) for i in range(len(texts))]}


def science(stem: str):
    """ARC and OpenBookQA, whose documents differ in the name of the question's field."""

    def read(file: File):
        for row in file.rows():
            question = Row(row["question"], row.where)
            choices = [Row(choice, row.where) for choice in question["choices"]]
            yield {"id": row["id"], stem: question["stem"],
                   "choices": {key: [choice[key] for choice in choices] for key in ("text", "label")},
                   "answerKey": row["answerKey"]}

    return read


def mosaic_arc(file: File):
    name = file.name.rpartition("/")[2].replace(".jsonl", "")
    for index, row in enumerate(file.rows()):
        choices = lettered(row["choices"])
        yield {"id": f"{name}_{index}", "question": re.sub("^Question: ", "", row["query"]), "choices": choices,
               "answerKey": choices["label"][row["gold"]]}


def mosaic_openbookqa(file: File):
    for index, row in enumerate(file.rows()):
        choices = lettered(row["choices"])
        yield {"id": str(index), "question_stem": row["query"], "choices": choices, "answerKey": choices["label"][row["gold"]]}


def mosaic_copa(file: File):
    for index, row in enumerate(file.rows()):
        premise, _, connector = row["query"].rpartition(", ")
        if connector not in ("because", "therefore"):
            raise BadInput(f"{row.where}: the query ends neither in ', because' nor in ', therefore'")
        first, second = (choice[:1].upper() + choice[1:] for choice in row["choices"])
        yield {"premise": premise + ".", "choice1": first, "choice2": second,
               "question": "cause" if connector == "because" else "effect", "idx": index, "label": row["gold"]}


def copa(file: File):
    return (row.pick("premise", "choice1", "choice2", "question", "idx", "label") for row in file.rows())


def boolq(file: File):
    return ({**row.pick("question", "passage", "idx"), "label": int(row["label"])} for row in file.rows())


def boolq_original(file: File):
    """The passages of SuperGLUE, which the hub's come from, begin with the title of the page."""
    for index, row in enumerate(file.rows()):
        yield {"question": row["question"], "passage": f"{row['title']} -- {row['passage']}", "idx": index,
               "label": int(row["answer"])}


def winogrande(file: File):
    return (row.pick("sentence", "option1", "option2", "answer") for row in file.rows())


def gsm8k(file: File):
    return (row.pick("question", "answer") for row in file.rows())


def mmlu(file: File):
    subject = re.sub(r"_(dev|test)\.csv$", "", file.name.rpartition("/")[2])
    for number, cells in enumerate(csv.reader(io.StringIO(file.text(), newline="")), 1):
        if len(cells) != 6 or cells[5] not in ("A", "B", "C", "D"):
            raise BadInput(f"{file.name}, row {number}: not a question, four choices and a letter")
        yield {"question": cells[0], "subject": subject, "choices": cells[1:5], "answer": "ABCD".index(cells[5])}


def blimp(file: File):
    return ({**row.pick("sentence_good", "sentence_bad", "UID"), "pair_id": row["pairID"]} for row in file.rows())


def wikitext(file: File):
    """A page begins at a heading of the first level, ` = Title = `, as the hub's pages do."""
    page = []
    for line in file.text().split("\n"):
        marks = line.replace("= = =", "===").replace("= =", "==").strip()
        if marks.startswith("= ") and marks.endswith(" ="):
            if "".join(page).strip():
                yield {"page": "\n".join(page)}
            page = []
        page.append(line)
    yield {"page": "\n".join(page)}


def xcopa(file: File):
    return (row.pick("premise", "choice1", "choice2", "question", "label", "idx", "changed") for row in file.rows())


XNLI_LABELS = ["entailment", "neutral", "contradiction"]


def xnli(language: str):
    """The pairs of one language, of a file with those of all."""

    def read(file: File):
        rows = [row for row in file.table() if row["language"] == language]
        if not rows:
            raise BadInput(f"{file.name}: no pairs in the language {language}; download it again")
        for row in rows:
            yield {"premise": row["sentence1"], "hypothesis": row["sentence2"], "label": XNLI_LABELS.index(row["gold_label"])}

    return read


def xnli_train(file: File):
    for row in file.table():
        label = row["label"].replace("contradictory", "contradiction")
        yield {"premise": row["premise"], "hypothesis": row["hypo"], "label": XNLI_LABELS.index(label)}


def xstorycloze(file: File):
    names = ["story_id", *(f"input_sentence_{i}" for i in range(1, 5)), "sentence_quiz1", "sentence_quiz2"]
    rows = csv.reader(io.StringIO(file.text(), newline=""), delimiter="\t", skipinitialspace=True)
    next(rows, None)
    for number, cells in enumerate(rows, 2):
        if len(cells) != 8 or cells[7] not in ("1", "2"):
            raise BadInput(f"{file.name}, row {number}: not a name, four sentences, two endings and the number of one")
        yield {**dict(zip(names, cells)), "answer_right_ending": int(cells[7])}


def xwinograd(file: File):
    return ({**row.pick("sentence", "option1", "option2"), "answer": str(row["answer"])} for row in file.rows())


def paws(file: File):
    """Labels that are missing or wrong are -1."""
    for row in file.table():
        label = row["label"]
        yield {"id": int(row["id"]), **row.pick("sentence1", "sentence2"), "label": int(label) if label in ("0", "1") else -1}


def belebele(file: File):
    for row in file.rows():
        question = row.pick("flores_passage", "question", "mc_answer1", "mc_answer2", "mc_answer3", "mc_answer4")
        yield {"link": row["link"], "question_number": int(row["question_number"]), **question,
               "correct_answer_num": str(row["correct_answer_num"]), **row.pick("dialect", "ds")}


SPLITS = {"Train": "train", "train_xl": "train", "Test": "test", "val": "validation", "valid": "validation", "dev": "validation",
          "development": "validation", "translated_train": "train", "dev_2k": "validation", "test_2k": "test"}

XNLI_LANGUAGES = ["ar", "bg", "de", "el", "en", "es", "fr", "hi", "ru", "sw", "th", "tr", "ur", "vi", "zh"]

# File names, the dataset they contain (and the part of it, unless the pattern's <part> says it), their reader, and the
# split unless the pattern's <split> says it. If two have the same split the upper one is taken.
FORMATS = [
    (r"lambada_test\.jsonl", "lambada_openai", lambada, "test"),
    (r"lambada_(?P<split>test|development)_plain_text\.txt", "lambada_standard", lambada_plain, None),
    (r"hellaswag_(?P<split>train|val)\.jsonl", "hellaswag", hellaswag, None),
    (r"hellaswag_val_full\.txt(\.bz2)?", "hellaswag", hellaswag_text, "validation"),
    (r"(physicaliqa-train-dev|piqa)/(?P<split>train|dev|valid)\.jsonl", "piqa", piqa, None),
    (r"ARC-Easy-(?P<split>Train|Test)\.jsonl", "arc_easy", science("question"), None),
    (r"ARC-Challenge-(?P<split>Train|Test)\.jsonl", "arc_challenge", science("question"), None),
    (r"mosaic/arc_easy\.jsonl", "arc_easy", mosaic_arc, "test"),
    (r"mosaic/arc_challenge\.jsonl", "arc_challenge", mosaic_arc, "test"),
    (r"OpenBookQA-V1-Sep2018/Data/Main/(?P<split>train|test)\.jsonl", "openbookqa", science("question_stem"), None),
    (r"mosaic/openbook_qa\.jsonl", "openbookqa", mosaic_openbookqa, "test"),
    (r"winogrande_1\.1/(?P<split>train_xl|dev)\.jsonl", "winogrande", winogrande, None),
    (r"COPA/(?P<split>train|val)\.jsonl", "copa", copa, None),
    (r"mosaic/copa\.jsonl", "copa", mosaic_copa, "validation"),
    (r"BoolQ/(?P<split>train|val)\.jsonl", "boolq", boolq, None),
    (r"boolq/(?P<split>train|dev)\.jsonl", "boolq", boolq_original, None),
    (r"(gsm8k|grade_school_math/data)/(?P<split>train|test)\.jsonl", "gsm8k", gsm8k, None),
    (r"data/(?P<split>dev|test)/(?P<part>\w+)_(dev|test)\.csv", "mmlu", mmlu, None),
    (r"(BLiMP\.zip|blimp[^/]*)/data/(?P<part>\w+)\.jsonl", "blimp", blimp, "train"),
    (r"wiki\.(?P<split>test)\.raw", "wikitext", wikitext, None),
    (r"lambada_test_(?P<part>de|en|es|fr|it)\.jsonl", "lambada_openai_mt", lambada, "test"),
    (r"data/(?P<part>\w+)/(?P<split>val|test)\.(?P=part)\.jsonl", "xcopa", xcopa, None),
    *((r"xnli\.(?P<split>dev)\.tsv", ("xnli", language), xnli(language), None) for language in XNLI_LANGUAGES),
    (r"multinli\.(?P<split>train)\.(?P<part>\w+)\.tsv", "xnli", xnli_train, None),
    (r"spring2016\.val\.(?P<part>\w+)\.tsv\.split_20_80_(?P<split>train|eval)\.tsv", "xstorycloze", xstorycloze, None),
    (r"xwinograd/(?P<split>test)/(?P<part>\w+)\.jsonl", "xwinograd", xwinograd, None),
    (r"x-final/(?P<part>\w+)/(?P<split>train|translated_train|dev_2k|test_2k)\.tsv", "paws", paws, None),
    (r"Belebele/(?P<part>\w+)\.jsonl", "belebele", belebele, "test"),
]

# Every dataset: its splits in use, how many parts it has, and where it is published.
DATASETS = {
    "lambada_openai": (["test"], 1, "lambada_test.jsonl",
                       "https://openaipublic.blob.core.windows.net/gpt-2/data/lambada_test.jsonl"),
    "lambada_standard": (["test", "validation"], 1, "lambada-dataset.tar.gz", "https://zenodo.org/record/2630551"),
    "hellaswag": (["validation", "train"], 1, "hellaswag_val.jsonl, hellaswag_train.jsonl",
                  "https://github.com/rowanz/hellaswag"),
    "piqa": (["validation", "train"], 1, "physicaliqa-train-dev.zip", "https://yonatanbisk.com/piqa"),
    "arc_easy": (["test", "train"], 1, "ARC-V1-Feb2018.zip", "https://allenai.org/data/arc"),
    "arc_challenge": (["test", "train"], 1, "ARC-V1-Feb2018.zip", "https://allenai.org/data/arc"),
    "openbookqa": (["test", "train"], 1, "OpenBookQA-V1-Sep2018.zip", "https://allenai.org/data/open-book-qa"),
    "winogrande": (["validation", "train"], 1, "winogrande_1.1.zip", "https://winogrande.allenai.org"),
    "copa": (["validation", "train"], 1, "COPA.zip", "https://super.gluebenchmark.com/tasks"),
    "boolq": (["validation", "train"], 1, "BoolQ.zip", "https://super.gluebenchmark.com/tasks"),
    "gsm8k": (["test", "train"], 1, "gsm8k/test.jsonl, gsm8k/train.jsonl", "https://github.com/openai/grade-school-math"),
    "mmlu": (["test", "dev"], 57, "data.tar", "https://github.com/hendrycks/test"),
    "blimp": (["train"], 67, "BLiMP.zip", "https://github.com/alexwarstadt/blimp"),
    "wikitext": (["test"], 1, "wikitext-2-raw-v1.zip", "https://huggingface.co/datasets/Salesforce/wikitext"),
    "lambada_openai_mt": (["test"], 5, "lambada_test_LANGUAGE.jsonl",
                          "https://huggingface.co/datasets/EleutherAI/lambada_openai"),
    "xcopa": (["test", "validation"], 11, "data/LANGUAGE/test.LANGUAGE.jsonl", "https://github.com/cambridgeltl/xcopa"),
    "xnli": (["validation", "train"], 15, "XNLI-1.0.zip, XNLI-MT-1.0.zip", "https://github.com/facebookresearch/XNLI"),
    "xstorycloze": (["eval", "train"], 11, "xstorycloze.zip", "https://github.com/facebookresearch/fairseq/tree/main/examples/xglm"),
    "xwinograd": (["test"], 6, "xwinograd/test/LANGUAGE.jsonl", "https://huggingface.co/datasets/Muennighoff/xwinograd"),
    "paws": (["test", "train"], 7, "x-final.tar.gz", "https://github.com/google-research-datasets/paws/tree/master/pawsx"),
    "belebele": (["test"], 122, "Belebele.zip", "https://github.com/facebookresearch/belebele"),
}


def members(path: pathlib.Path, name: str):
    """Yields name and reader of every file below a folder or in an archive."""
    if path.is_dir():
        for child in sorted(path.iterdir()):
            yield from members(child, f"{name}/{child.name}")
    elif path.suffix == ".zip":
        archive = reading(name, lambda: zipfile.ZipFile(path))
        yield from ((f"{name}/{member}", lambda member=member: archive.read(member)) for member in archive.namelist())
    elif re.search(r"\.(tar|tar\.gz|tgz)$", path.name):
        archive = reading(name, lambda: tarfile.open(path))
        yield from ((f"{name}/{member.name}", lambda member=member: archive.extractfile(member).read())
                    for member in reading(name, archive.getmembers) if member.isfile())
    elif path.suffix == ".bz2":
        yield name, lambda: bz2.decompress(path.read_bytes())
    else:
        yield name, path.read_bytes


def find_files(sources: list[str]) -> dict[str, File]:
    files: dict[str, File] = {}
    for source in sources:
        path = pathlib.Path(source).resolve()
        if not path.exists():
            raise BadInput(f"{source}: no such file or folder")
        for name, read in members(path, path.name):
            if "__MACOSX/" not in name and "/._" not in name:
                files.setdefault(name, File(name, read, files))
    return files


def find_splits(files: dict[str, File]) -> dict[str, dict[tuple[str, str], tuple]]:
    """Returns dataset -> (name of the data, split) -> (file, reader)."""
    found: dict[str, dict[tuple[str, str], tuple]] = {}
    for pattern, dataset, reader, split in FORMATS:
        for path, file in files.items():
            match = re.search(f"(^|/){pattern}$", path)
            if match:
                groups = match.groupdict()
                name, part = dataset if isinstance(dataset, tuple) else (dataset, groups.get("part"))
                given = split or groups["split"]
                key = (f"{name}_{part}" if part else name, given if name == "mmlu" else SPLITS.get(given, given))
                found.setdefault(name, {}).setdefault(key, (file, reader))
    return found


def json_lines(file: File, reader) -> list[str]:
    try:
        lines = [json.dumps(document, ensure_ascii=False) + "\n" for document in reader(file)]
    except (TypeError, ValueError, IndexError, AttributeError, csv.Error) as error:
        raise BadInput(f"{file.name}: not in the format that its name suggests ({error})") from None
    if not lines:
        raise BadInput(f"{file.name}: no documents")
    return lines


def file_name(data: str, split: str, splits) -> str:
    return f"{data}.jsonl" if sum(name == data for name, _ in splits) == 1 else f"{data}.{split}.jsonl"


def print_made(dataset: str, contents: dict[tuple[str, str], list[str]]) -> None:
    counts: dict[str, int] = {}
    for (_, split), lines in contents.items():
        counts[split] = counts.get(split, 0) + len(lines)
    parts = len({data for data, _ in contents})
    print(f"{dataset}: " + ", ".join(f"{count} documents ({split})" for split, count in sorted(counts.items()))
          + (f" in {parts} parts" if parts > 1 else ""))


def print_missing(found: dict[str, dict[tuple[str, str], tuple]]) -> None:
    for dataset, (splits, parts, file, page) in DATASETS.items():
        keys = found.get(dataset, {})
        missing = [split for split in splits if sum(given == split for _, given in keys) < parts]
        if missing:
            print(f"not found: {dataset} ({', '.join(missing)}): {file} from {page}")


def make(sources: list[str], out: pathlib.Path) -> None:
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise BadInput(f"{out}: not an empty folder; give a new one")
    found = find_splits(find_files(sources))
    if not found:
        raise BadInput(f"{', '.join(sources)}: no file is named like those of a dataset; the names are in FORMATS in {__file__}")
    contents = {dataset: {key: json_lines(*origin) for key, origin in splits.items()} for dataset, splits in found.items()}
    out.mkdir(parents=True, exist_ok=True)
    for dataset, splits in contents.items():
        for (data, split), lines in splits.items():
            (out / file_name(data, split, splits)).write_text("".join(lines), encoding="utf-8")
        print_made(dataset, splits)
    print_missing(found)


def main() -> int:
    if len(sys.argv) < 3:
        print(__doc__.split("\n\n")[1], file=sys.stderr)
        return 2
    try:
        make(sys.argv[1:-1], pathlib.Path(sys.argv[-1]))
    except (BadInput, OSError) as error:
        print(f"[eval_data] {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
