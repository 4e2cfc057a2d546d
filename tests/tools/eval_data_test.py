"""Tests of tools/eval_data.py on small sources made up here."""
import bz2
import io
import json
import pathlib
import subprocess
import sys
import tarfile
import tempfile
import unittest
import zipfile

PROGRAM = pathlib.Path(__file__).resolve().parents[2] / "tools" / "eval_data.py"


def lines(*rows) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


def table(*rows) -> str:
    return "".join("\t".join(row) + "\n" for row in rows)


class EvalDataTest(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.source, self.out = pathlib.Path(folder.name, "source"), pathlib.Path(folder.name, "out")
        self.source.mkdir()

    def add(self, name: str, content) -> None:
        path = self.source / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())

    def add_zip(self, name: str, **members: str) -> None:
        with zipfile.ZipFile(self.source / name, "w") as archive:
            for member, content in members.items():
                archive.writestr(member, content)

    def run_program(self, *arguments) -> subprocess.CompletedProcess:
        return subprocess.run([sys.executable, PROGRAM, *(arguments or (self.source, self.out))], capture_output=True, text=True)

    def make(self) -> str:
        done = self.run_program()
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def documents(self, name: str) -> list:
        return [json.loads(line) for line in (self.out / name).read_bytes().splitlines()]

    def assert_made(self, name: str, *expected: dict) -> None:
        made = self.documents(name)
        self.assertEqual(made, list(expected))
        self.assertEqual([list(document) for document in made], [list(document) for document in expected], "order of the keys")

    def assert_refused(self, *words: str) -> None:
        done = self.run_program()
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
        for word in ("[eval_data] ", *words):
            self.assertIn(word, done.stderr)
        self.assertFalse(self.out.exists())

    def test_science_questions_of_an_archive(self) -> None:
        answers = [{"text": "no", "label": "1"}, {"text": "yes", "label": "2"}]
        row = {"id": "X_1", "question": {"stem": "Is é wet?", "choices": answers}, "answerKey": "2"}
        arc = "ARC-V1-Feb2018-2/ARC-Easy/ARC-Easy-"
        self.add_zip("ARC-V1-Feb2018.zip", **{arc + "Test.jsonl": lines(row, row), arc + "Train.jsonl": lines(row),
                                              "__MACOSX/" + arc + "Train.jsonl": "\0"})
        self.add_zip("OpenBookQA-V1-Sep2018.zip", **{"OpenBookQA-V1-Sep2018/Data/Main/test.jsonl": lines(row)})
        said = self.make()
        self.assertIn("arc_easy: 2 documents (test), 1 documents (train)\n", said)
        choices = {"text": ["no", "yes"], "label": ["1", "2"]}
        self.assert_made("arc_easy.train.jsonl", {"id": "X_1", "question": "Is é wet?", "choices": choices, "answerKey": "2"})
        self.assertEqual(len(self.documents("arc_easy.test.jsonl")), 2)
        self.assert_made("openbookqa.jsonl", {"id": "X_1", "question_stem": "Is é wet?", "choices": choices, "answerKey": "2"})

    def test_questions_without_letters(self) -> None:
        self.add("mosaic/arc_challenge.jsonl", lines({"query": "Question: Why?", "choices": ["a", "b", "c"], "gold": 2}))
        self.add("mosaic/openbook_qa.jsonl", lines({"query": "Why", "choices": ["a", "b"], "gold": 0}))
        self.add("mosaic/copa.jsonl", lines({"query": "It rained, therefore", "choices": ["i slept.", "it dried."], "gold": 1},
                                            {"query": "He fell, off, because", "choices": ["a.", "b."], "gold": 0}))
        self.make()
        self.assert_made("arc_challenge.jsonl", {"id": "arc_challenge_0", "question": "Why?",
                                                 "choices": {"text": ["a", "b", "c"], "label": ["A", "B", "C"]}, "answerKey": "C"})
        self.assert_made("openbookqa.jsonl", {"id": "0", "question_stem": "Why",
                                              "choices": {"text": ["a", "b"], "label": ["A", "B"]}, "answerKey": "A"})
        self.assert_made(
            "copa.jsonl",
            {"premise": "It rained.", "choice1": "I slept.", "choice2": "It dried.", "question": "effect", "idx": 0, "label": 1},
            {"premise": "He fell, off.", "choice1": "A.", "choice2": "B.", "question": "cause", "idx": 1, "label": 0})

    def test_hellaswag_as_published_is_taken_before_its_text(self) -> None:
        row = {"ind": 7, "activity_label": "Run", "ctx_a": "A.", "ctx_b": "she", "ctx": "A. she", "split": "val",
               "split_type": "zeroshot", "label": 3, "endings": ["a", "b", "c", "d"], "source_id": "s~1"}
        self.add("hellaswag_val.jsonl", lines(row))
        self.add("hellaswag_val_full.txt.bz2", bz2.compress(b"Run: A.\n0\na\nb\nc\nd\n"))
        self.make()
        self.assert_made("hellaswag.jsonl", {"ind": 7, "activity_label": "Run", "ctx_a": "A.", "ctx_b": "she", "ctx": "A. she",
                                             "endings": ["a", "b", "c", "d"], "source_id": "s~1", "split": "val",
                                             "split_type": "zeroshot", "label": "3"})

    def test_hellaswag_of_text(self) -> None:
        contexts = ["Run: One. Two: x. the man\n0", "Food: One. Two.\n3", "Food: At e.g. noon.\n1"]
        self.add("hellaswag_val_full.txt.bz2", bz2.compress("".join(text + "\na\nb\nc\nd\n" for text in contexts).encode()))
        self.make()
        split = [(document["ind"], document["activity_label"], document["ctx_a"], document["ctx_b"], document["label"])
                 for document in self.documents("hellaswag.jsonl")]
        self.assertEqual(split, [(0, "Run", "One. Two: x.", "the man", "0"), (1, "Food", "One. Two.", "", "3"),
                                 (2, "Food", "At e.g. noon.", "", "1")])

    def test_piqa_takes_its_labels_from_beside_it(self) -> None:
        row = {"goal": "g", "sol1": "a", "sol2": "b\u2028c"}
        self.add("piqa/valid.jsonl", lines(row, row))
        self.add("piqa/valid-labels.lst", "1\n0\n")
        self.make()
        self.assert_made("piqa.jsonl", {**row, "label": 1}, {**row, "label": 0})

    def test_mmlu_of_zip_and_of_tar(self) -> None:
        table = '"A\nwhat?",1,"2, or 3",x,y,C\n'
        folder = {"data/dev/us_foreign_policy_dev.csv": table, "data/test/us_foreign_policy_test.csv": table + " b,1,2,3,4,A\n",
                  "data/val/us_foreign_policy_val.csv": "unused"}
        expected = {"question": "A\nwhat?", "subject": "us_foreign_policy", "choices": ["1", "2, or 3", "x", "y"], "answer": 2}
        for archive in ("mmlu.zip", "data.tar"):
            with self.subTest(archive):
                self.setUp()
                if archive == "mmlu.zip":
                    self.add_zip(archive, **folder)
                else:
                    with tarfile.open(self.source / archive, "w") as tar:
                        for name, content in folder.items():
                            member = tarfile.TarInfo(name)
                            member.size = len(content)
                            tar.addfile(member, io.BytesIO(content.encode()))
                self.assertIn("mmlu: 1 documents (dev), 2 documents (test)\n", self.make())
                self.assert_made("mmlu_us_foreign_policy.dev.jsonl", expected)
                self.assertEqual(self.documents("mmlu_us_foreign_policy.test.jsonl")[1]["question"], " b")

    def test_blimp(self) -> None:
        row = {"sentence_good": "g", "sentence_bad": "b", "field": "syntax", "UID": "wh_island", "pairID": "4"}
        self.add_zip("BLiMP.zip", **{"data/wh_island.jsonl": lines(row), "data/causative.jsonl": lines(row)})
        said = self.make()
        self.assertIn("blimp: 2 documents (train) in 2 parts\n", said)
        self.assertIn("not found: blimp (train): BLiMP.zip from https://github.com/alexwarstadt/blimp\n", said)
        self.assert_made("blimp_wh_island.jsonl", {"sentence_good": "g", "sentence_bad": "b", "UID": "wh_island", "pair_id": "4"})

    def test_both_publications_of_boolq_give_the_same(self) -> None:
        self.add("boolq/dev.jsonl", lines({"question": "is it", "title": "T", "answer": True, "passage": "P."}))
        self.make()
        expected = {"question": "is it", "passage": "T -- P.", "idx": 0, "label": 1}
        self.assert_made("boolq.jsonl", expected)
        self.setUp()
        row = {"question": "is it", "passage": "T -- P.", "idx": 0, "label": True}
        self.add_zip("BoolQ.zip", **{"BoolQ/val.jsonl": lines(row)})
        self.make()
        self.assert_made("boolq.jsonl", expected)

    def test_rows_taken_as_they_are(self) -> None:
        blank = {"sentence": "The _ is.", "option1": "a", "option2": "b", "answer": "2"}
        cause = {"premise": "P.", "choice1": "A.", "choice2": "B.", "question": "cause", "idx": 3, "label": 0}
        sum_of = {"question": "1 + 1?", "answer": "It is 2.\n#### 2"}
        self.add_zip("winogrande_1.1.zip", **{"winogrande_1.1/dev.jsonl": lines({"qID": "x", **blank}),
                                              "winogrande_1.1/train_xl.jsonl": lines({"qID": "x", **blank}),
                                              "winogrande_1.1/train_s.jsonl": "unused"})
        self.add_zip("COPA.zip", **{"COPA/val.jsonl": lines(cause)})
        self.add("gsm8k/test.jsonl", lines(sum_of))
        self.add("lambada_test.jsonl", lines({"text": "Line\nafter line."}))
        self.add("lambada_test_plain_text.txt", "a b c\nd e f\n")
        self.make()
        self.assert_made("winogrande.validation.jsonl", blank)
        self.assert_made("winogrande.train.jsonl", blank)
        self.assert_made("copa.jsonl", cause)
        self.assert_made("gsm8k.jsonl", sum_of)
        self.assert_made("lambada_openai.jsonl", {"text": "Line\nafter line."})
        self.assert_made("lambada_standard.jsonl", {"text": "a b c", "domain": None}, {"text": "d e f", "domain": None})

    def test_a_page_begins_at_a_heading_of_the_first_level(self) -> None:
        first, second = " = One = \n \n Text . \n = = Part = = \n More = less . ", " = = = no page \n = Two = 2 = \n End . \n"
        head, tail = second.split("\n", 1)
        self.add_zip("wikitext-2-raw-v1.zip", **{"wikitext-2-raw/wiki.test.raw": " \n" + first + "\n" + second})
        self.make()
        self.assert_made("wikitext.jsonl", {"page": first + "\n" + head}, {"page": tail})

    def test_xcopa_without_its_translations_into_english(self) -> None:
        row = {"premise": "那人打开水龙头。", "choice1": "厕所里满是水。", "choice2": "水流出。", "question": "effect", "label": 1, "idx": 0,
               "changed": False}
        self.add_zip("xcopa-master.zip", **{"xcopa-master/data/zh/test.zh.jsonl": lines(row, row),
                                            "xcopa-master/data/zh/val.zh.jsonl": lines(row),
                                            "xcopa-master/data-gmt/zh/test.zh.jsonl": "unused"})
        self.assertIn("xcopa: 2 documents (test), 1 documents (validation)\n", self.make())
        self.assert_made("xcopa_zh.validation.jsonl", row)
        self.assertEqual(len(self.documents("xcopa_zh.test.jsonl")), 2)

    def test_xnli_has_all_languages_in_one_file(self) -> None:
        head = ("language", "gold_label", "sentence1_binary_parse", "sentence1", "sentence2", "pairID")
        languages = "ar bg de el en es fr hi ru sw th tr ur vi zh th".split()
        pairs = [(language, ("neutral", "contradiction", "entailment")[i % 3], "( a )", f'"{language}" said', "b", "1")
                 for i, language in enumerate(languages)]
        self.add_zip("XNLI-1.0.zip", **{"XNLI-1.0/xnli.dev.tsv": table(head, *pairs), "__MACOSX/XNLI-1.0/._xnli.dev.tsv": "\0"})
        self.add("XNLI-MT-1.0/multinli/multinli.train.th.tsv",
                 table(("premise", "hypo", "label"), ("p", "h", "contradictory"), ("p", '"h', "neutral")))
        said = self.make()
        self.assertIn("xnli: 2 documents (train), 16 documents (validation) in 15 parts\n", said)
        self.assertIn("not found: xnli (train): XNLI-1.0.zip, XNLI-MT-1.0.zip from", said)
        self.assert_made("xnli_ur.jsonl", {"premise": '"ur" said', "hypothesis": "b", "label": 1})
        self.assert_made("xnli_th.validation.jsonl", {"premise": '"th" said', "hypothesis": "b", "label": 2},
                         {"premise": '"th" said', "hypothesis": "b", "label": 1})
        self.assert_made("xnli_th.train.jsonl", {"premise": "p", "hypothesis": "h", "label": 2},
                         {"premise": "p", "hypothesis": '"h', "label": 1})

    def test_xstorycloze(self) -> None:
        head = ("InputStoryid", *(f"InputSentence{i}" for i in range(1, 5)), "RandomFifthSentenceQuiz1", "RandomFifthSentenceQuiz2",
                "AnswerRightEnding")
        story = ("x-1", "一。", '"二 ""b"""', " 三。", "四。", "五。", "六。", "2")
        self.add("spring2016.val.zh.tsv.split_20_80_eval.tsv", table(head, story))
        self.add("spring2016.val.zh.tsv.split_20_80_train.tsv", table(head, story, story))
        self.make()
        self.assert_made("xstorycloze_zh.eval.jsonl", {
            "story_id": "x-1", "input_sentence_1": "一。", "input_sentence_2": '二 "b"', "input_sentence_3": "三。",
            "input_sentence_4": "四。", "sentence_quiz1": "五。", "sentence_quiz2": "六。", "answer_right_ending": 2})
        self.assertEqual(len(self.documents("xstorycloze_zh.train.jsonl")), 2)

    def test_pawsx_keeps_pairs_without_a_sentence(self) -> None:
        head = ("id", "sentence1", "sentence2", "label")
        self.add("x-final/ja/test_2k.tsv", table(head, ("1", '" 甲 "', "", "0"), ("2", "甲", "乙", "1"), ("3", "甲", "乙"), ("4", "甲")))
        self.add("x-final/ja/translated_train.tsv", table(head, ("5", "甲", "乙", "1")))
        self.add("x-final/en/train.tsv", table(head, ("6", "A .", "B .", "0")))
        self.assertIn("paws: 4 documents (test), 2 documents (train) in 2 parts\n", self.make())
        rows = [(1, '" 甲 "', "", 0), (2, "甲", "乙", 1), (3, "甲", "乙", -1), (4, "甲", None, -1)]
        self.assert_made("paws_ja.test.jsonl", *(dict(zip(head, row)) for row in rows))
        self.assert_made("paws_en.jsonl", {"id": 6, "sentence1": "A .", "sentence2": "B .", "label": 0})

    def test_other_languages_taken_almost_as_they_are(self) -> None:
        question = {"link": "l", "question_number": 2, "flores_passage": "p", "question": "q", "mc_answer1": "a", "mc_answer2": "b",
                    "mc_answer3": "c", "mc_answer4": "d", "correct_answer_num": "3", "dialect": "zho_Hans", "ds": "2023-05-03"}
        blank = {"sentence": "_は", "option1": "a", "option2": "b", "answer": "2"}
        self.add_zip("Belebele.zip", **{"Belebele/zho_Hans.jsonl": lines({**question, "correct_answer_num": 3}), "Belebele/README.txt": ""})
        self.add("xwinograd/test/jp.jsonl", lines({**blank, "answer": 2}, blank))
        self.add("lambada_test_de.jsonl", lines({"text": "Ende gut"}))
        self.make()
        self.assert_made("belebele_zho_Hans.jsonl", question)
        self.assert_made("xwinograd_jp.jsonl", blank, blank)
        self.assert_made("lambada_openai_mt_de.jsonl", {"text": "Ende gut"})

    def test_what_is_missing_is_said_with_its_place(self) -> None:
        self.add("lambada_test.jsonl", lines({"text": "a b"}))
        said = self.make()
        self.assertIn("not found: winogrande (validation, train): winogrande_1.1.zip from https://winogrande.allenai.org\n", said)
        self.assertNotIn("not found: lambada_openai (", said)

    def test_input_that_is_not_what_its_name_says(self) -> None:
        for name, content, words in [
                ("lambada_test.jsonl", '{"text": "a"}\n{"txt": "a"}\n', ["source/lambada_test.jsonl, line 2", "'text'"]),
                ("lambada_test.jsonl", '{"text": \n', ["line 1", "not JSON"]),
                ("lambada_test.jsonl", "[1]\n", ["line 1", "not an object"]),
                ("lambada_test.jsonl", "", ["no documents"]),
                ("lambada_test.jsonl", b"\xff", ["cannot be read"]),
                ("hellaswag_val_full.txt", "Run: x\n0\na\nb\n", ["line 1"]),
                ("hellaswag_val_full.txt.bz2", b"BZh9", ["cannot be read"]),
                ("piqa/valid.jsonl", lines({"goal": "g", "sol1": "a", "sol2": "b"}), ["valid-labels.lst is missing"]),
                ("mosaic/arc_easy.jsonl", lines({"query": "q", "choices": ["a"], "gold": 1}), ["arc_easy.jsonl"]),
                ("mosaic/copa.jsonl", lines({"query": "q, so", "choices": ["a", "b"], "gold": 1}), ["because", "therefore"]),
                ("data/dev/anatomy_dev.csv", "q,1,2,3,4,E\n", ["row 1", "letter"]),
                ("xnli.dev.tsv", table(("language", "label"), ("ar", "neutral")), ["line 2", "'sentence1'"]),
                ("xnli.dev.tsv", table(("language",), ("de",)), ["no pairs in the language ar"]),
                ("multinli.train.de.tsv", table(("premise", "hypo", "label"), ("p", "h", "maybe")), ["maybe"]),
                ("spring2016.val.te.tsv.split_20_80_eval.tsv", table(("x",), ("a", "b")), ["row 2", "two endings"]),
                ("x-final/de/dev_2k.tsv", table(("id", "sentence1", "sentence2", "label"), ("x", "a", "b", "0")), ["dev_2k.tsv"]),
                ("BLiMP.zip", "no archive", ["source/BLiMP.zip: cannot be read"]),
                ("data.tar", "no archive", ["source/data.tar: cannot be read"]),
                ("notes.txt", "nothing of ours", ["no file is named"])]:
            with self.subTest(name, words=words):
                self.setUp()
                self.add(name, content)
                self.assert_refused(*words)

    def test_labels_are_counted(self) -> None:
        self.add("piqa/valid.jsonl", lines({"goal": "g", "sol1": "a", "sol2": "b"}))
        self.add("piqa/valid-labels.lst", "1\n0\n")
        self.assert_refused("1 questions, but 2 labels")

    def test_nothing_is_overwritten(self) -> None:
        self.add("lambada_test.jsonl", lines({"text": "a b"}))
        self.make()
        done = self.run_program()
        self.assertEqual(done.returncode, 1)
        self.assertIn("not an empty folder", done.stderr)

    def test_usage_and_a_source_that_is_not_there(self) -> None:
        done = self.run_program(self.out)
        self.assertEqual(done.returncode, 2)
        self.assertIn("usage: eval_data.py SOURCE... OUT", done.stderr)
        done = self.run_program(self.source / "none", self.out)
        self.assertEqual((done.returncode, done.stderr.count("\n")), (1, 1))
        self.assertIn("no such file or folder", done.stderr)


if __name__ == "__main__":
    unittest.main()
