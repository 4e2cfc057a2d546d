"""Checks generate() against one forward per token without a cache: one line each, exit code 1 on a failure.

usage: generation.py [--seed N]

Greedily, left-padded, by beams, continued from a cache and from a cut prompt, with chunked prefill, alone and
together; and that no argument is ignored which would change the result: it is honored, or an error names it.
"""

import argparse
import sys
import tempfile

import behavior
import tokenizers
import torch
import transformers
from behavior import STUDENTS, make_student, random_ids
from golden import error

NEW_TOKENS = 12
CASES = [
    ("rwkv6qwen2", "grouped"),
    ("rwkv7qwen2", "grouped"),
    ("rwkv6qwen2", "hybrid at both ends, all biases"),
    ("rwkv7qwen2", "hybrid in the middle"),
]
CHUNKS = (1, 3, 1000)


@torch.no_grad()
def token_by_token(model, ids, first_position=0):
    """Greedy tokens [1,NEW_TOKENS], each from a forward pass over all before it."""
    T = ids.shape[1]
    for new in range(NEW_TOKENS):
        positions = torch.arange(first_position, first_position + T + new)[None]
        logits = model(ids, position_ids=positions, use_cache=False).logits
        ids = torch.cat([ids, logits[:, -1:].argmax(-1)], dim=1)
    return ids[:, T:]


def generate(model, ids, **arguments):
    return behavior.generate(model, ids, max_new_tokens=NEW_TOKENS, **arguments)


def expect_equal(actual, expected, what):
    if not torch.equal(actual, expected):
        raise AssertionError(f"{what}: {actual.tolist()} instead of {expected.tolist()}")


def check_greedy(model):
    for T in (1, 2, 19):
        ids = random_ids(1, T)
        expected = token_by_token(model, ids)
        expect_equal(generate(model, ids), expected, f"{T} tokens")
        for size in CHUNKS:
            expect_equal(generate(model, ids, prefill_chunk_size=size), expected, f"{T} tokens in chunks of {size}")


def padded_batch():
    """Prompts of 19 and 8 tokens, the batch of both, left-padded, and its mask."""
    long, short = random_ids(1, 19), random_ids(1, 8)
    pad = torch.zeros(1, 11, dtype=torch.long)
    mask = torch.cat([torch.ones_like(long), torch.cat([pad, torch.ones_like(short)], 1)])
    return long, short, torch.cat([long, torch.cat([pad, short], 1)]), mask


def check_padding(model):
    long, short, batch, mask = padded_batch()
    expected = torch.cat([token_by_token(model, long), token_by_token(model, short)])
    for size in (None, *CHUNKS):
        actual = generate(model, batch, attention_mask=mask, prefill_chunk_size=size)
        expect_equal(actual, expected, f"in chunks of {size}")


def check_beams(model):
    _, _, batch, mask = padded_batch()
    expected = generate(model, batch, attention_mask=mask, num_beams=3, use_cache=False)
    expect_equal(generate(model, batch, attention_mask=mask, num_beams=3), expected, "with a cache")


def check_continued(model):
    """A conversation continues: the cache of its beginning, and the ids of all of it."""
    ids = random_ids(1, 19)
    expected = token_by_token(model, ids)
    for size in (None, *CHUNKS):
        for cut in (1, 10, 18):
            cache = getattr(model(ids[:, :cut], use_cache=True), cache_name(model))
            actual = generate(model, ids, prefill_chunk_size=size, **{cache_name(model): cache})
            expect_equal(actual, expected, f"from {cut} tokens in chunks of {size}")
    first = generate_all(model, ids, max_new_tokens=5)
    actual = generate(model, first.sequences, past_key_values=first[cache_name(model)])
    expect_equal(actual[:, : NEW_TOKENS - 5], expected[:, 5:], "from what generate() returned")


def check_positions(model):
    """Positions given by the caller continue with the new tokens."""
    ids = random_ids(1, 19)
    expected = token_by_token(model, ids, first_position=100)
    positions = torch.arange(100, 119)[None]
    for size in (None, 3):
        actual = generate(model, ids, position_ids=positions, prefill_chunk_size=size)
        expect_equal(actual, expected, f"in chunks of {size}")


def check_stop_strings(model):
    """Generation ends after the word of the fourth token, wherever transformers hands the tokenizer on to."""
    words = ["abcdef"] + [f"<{token}>" for token in range(1, model.config.vocab_size)]  # transformers encodes abcdef
    vocabulary = {word: token for token, word in enumerate(words)}
    tokenizer = transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizers.Tokenizer(tokenizers.models.WordLevel(vocabulary, unk_token=words[0]))
    )
    ids = random_ids(1, 19)
    expected = token_by_token(model, ids)
    stop = words[expected[0, 3]]
    cut = expected[:, : expected[0].tolist().index(vocabulary[stop]) + 1]
    for size in (None, *CHUNKS):
        actual = generate(model, ids, prefill_chunk_size=size, tokenizer=tokenizer, stop_strings=[stop])
        expect_equal(actual, cut, f"in chunks of {size}")
    expect_equal(generate(model, ids, tokenizer=tokenizer), expected, "a tokenizer without stop strings")


@torch.no_grad()
def check_both_names(model):
    """The cache under either name, in forward() of the model and of what is below its head."""
    ids = random_ids(1, 19)
    for network, result in ((model, lambda output: output.logits), (model.model, lambda output: output[0])):
        whole = result(network(ids))[:, 10:]
        for name in ("past_key_values", "cache"):
            cache = getattr(network(ids[:, :10], use_cache=True), cache_name(model))
            distance = error(result(network(ids[:, 10:], **{name: cache})), whole)
            if distance > 1e-5:
                raise AssertionError(f"{name}: error {distance:.1e}")


def check_training_mode(model):
    """With gradient checkpointing too: no cache is made for a loss, but generate()'s is kept."""
    ids = random_ids(1, 19)
    expected = token_by_token(model, ids)
    model.train()
    model.gradient_checkpointing_enable()
    try:
        expect_equal(generate(model, ids), expected, "while training")
    finally:
        model.gradient_checkpointing_disable()
        model.eval()


@torch.no_grad()
def check_refusals(model):
    """Everything that would change the result and is not supported: an error that names it."""
    ids, one = random_ids(2, 8), torch.ones(2, 8, dtype=torch.long)
    cache = getattr(model(ids, use_cache=True), cache_name(model))
    packed = torch.tensor([[0, 1, 2, 3, 0, 1, 2, 3]])
    for arguments, problem in (
        ({"head_mask": one}, TypeError),
        ({"cu_seq_lens_q": torch.tensor([0, 8])}, TypeError),
        ({"seq_idx": one}, TypeError),
        ({"is_causal": False}, TypeError),
        ({"token_type_ids": one}, TypeError),
        ({"num_logits_to_keep": 1}, TypeError),
        ({"cache_params": cache}, TypeError),
        ({"past_key_values": transformers.DynamicCache()}, TypeError),
        ({"output_attentions": True}, ValueError),
        ({"cache_position": torch.arange(1, 9)}, ValueError),
        ({"position_ids": packed}, ValueError),
        ({"position_ids": torch.arange(9)[None]}, ValueError),
        ({"attention_mask": one[:, :4]}, ValueError),
        ({"attention_mask": one[:1]}, ValueError),
        ({"attention_mask": one[:, None, None]}, ValueError),
        ({"attention_mask": {"full_attention": one}}, ValueError),
        ({"attention_mask": -1e9 * (1 - one.float()) - 1}, ValueError),
    ):
        for network in (model, model.model):
            expect_problem(lambda n=network, a=arguments: n(ids, **a), problem, *arguments)
    expect_problem(lambda: model(ids, cache=cache, past_key_values=type(cache)()), TypeError, "past_key_values")
    expect_problem(lambda: model(ids[:, :0], past_key_values=cache), ValueError, "no new token")
    expect_problem(lambda: generate(model, ids, past_key_values=cache), ValueError, "cache has 8 tokens")
    expect_problem(lambda: generate(model, ids, prefill_chunk_size=3, use_cache=False), ValueError, "cache")
    for name in ("head_mask", "attention_mask", "cache_position", "unheard_of"):
        model(ids, **{name: None})
    model(ids, token_type_ids=0 * one, cache_position=torch.arange(8))
    distance = error(model(ids, position_ids=torch.arange(8)[None]).logits, model(ids).logits)
    if distance > 0:
        raise AssertionError(f"positions as they are anyway: error {distance:.1e}")


def expect_problem(action, problem, name):
    try:
        action()
    except problem as error:
        if name not in str(error):
            raise AssertionError(f"{error!r} does not say {name!r}") from error
    else:
        raise AssertionError(f"{name}: no {problem.__name__}")


def cache_name(model):
    return sys.modules[type(model).__mro__[1].__module__].CACHE_NAME


def generate_all(model, ids, **arguments):
    return model.generate(
        ids,
        attention_mask=torch.ones_like(ids),
        do_sample=False,
        pad_token_id=0,
        eos_token_id=None,
        return_dict_in_generate=True,
        **arguments,
    )


CHECKS = {
    "greedy": check_greedy,
    "left padding": check_padding,
    "beams": check_beams,
    "continued": check_continued,
    "positions": check_positions,
    "stop strings": check_stop_strings,
    "both names": check_both_names,
    "while training": check_training_mode,
    "refusals": check_refusals,
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    torch.set_num_threads(1)  # the students are too small for more
    print(f"transformers {transformers.__version__}, torch {torch.__version__}, seed {arguments.seed}")
    failed = False
    for model_type, name in CASES:
        torch.manual_seed(arguments.seed)
        with tempfile.TemporaryDirectory() as parent:
            model = make_student(model_type, STUDENTS[model_type][name], parent)
        for check_name, check in CHECKS.items():
            line = f"{model_type} {name}: {check_name}"
            try:
                check(model)
                print(f"ok   {line}", flush=True)
            except Exception as problem:  # whatever goes wrong in a check is that check's failure
                failed = True
                print(f"FAIL {line}: {type(problem).__name__}: {problem}", flush=True)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
