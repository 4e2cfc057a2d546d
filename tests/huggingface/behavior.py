"""Checks what holds for every student, on random ones: one line each, exit code 1 on a failure.

usage: behavior.py [--seed N]

Cached and whole passes agree; padding changes nothing; no token sees a later one; generate() gives the same with
and without a cache, alone and in a padded batch, greedily and by beams; checkpointing, saving and loading change
nothing; NaN in the parameters that take no part has no effect; a student of softmax layers alone is the teacher.
"""

import argparse
import contextlib
import itertools
import json
import pathlib
import sys
import tempfile

import student_folder
import torch
import transformers
from golden import error

BOUND, GRADIENT_BOUND = 1e-5, 3e-5
V, T = 61, 37

SIZES = {
    "vocab_size": V,
    "hidden_size": 48,
    "intermediate_size": 40,
    "num_hidden_layers": 4,
    "num_attention_heads": 6,
}
GROUPED = SIZES | {"num_key_value_heads": 2}
LLAMA3 = {
    "rope_type": "llama3",
    "factor": 8.0,
    "low_freq_factor": 1.0,
    "high_freq_factor": 4.0,
    "original_max_position_embeddings": 16,
}
QWEN3 = GROUPED | {"head_dim": 16}
STUDENTS = {
    "rwkv6qwen2": {
        "grouped": GROUPED,
        "no grouping, gate 2, GroupNorm": SIZES | {"gate_rank_type": 2, "groupnorm_att": True},
        "no token shift, RoPE llama3, tied": GROUPED
        | {"use_tokenshift": False, "use_rope": True, "rope_scaling": LLAMA3, "tie_word_embeddings": True},
        "hybrid in the middle, no gate": GROUPED | {"softmax_layers": [1, 2], "gate_rank_type": 0},
        "hybrid at both ends, all biases": GROUPED | {"softmax_layers": [0, 3], "attention_output_bias": True},
    },
    "rwkv7qwen2": {
        "grouped": GROUPED | {"use_rope": True},
        "no grouping, no RoPE, gate 1, no balance": SIZES | {"gate_rank_type": 1, "balance_state": False},
        "RoPE llama3, GroupNorm, no biases, tied": GROUPED
        | {
            "use_rope": True,
            "rope_scaling": LLAMA3,
            "groupnorm_att": True,
            "attention_bias": False,
            "tie_word_embeddings": True,
        },
        "hybrid in the middle": GROUPED | {"use_rope": True, "softmax_layers": [1, 2]},
        "hybrid at the first layer, no gate": GROUPED | {"use_rope": True, "softmax_layers": [0], "gate_rank_type": 0},
        "hybrid at the last two": GROUPED | {"use_rope": True, "num_attention_layers": 2},
    },
    "rwkv6qwen3": {"grouped, A = 2 C": QWEN3, "hybrid": QWEN3 | {"softmax_layers": [2], "use_rope": True}},
    "rwkv7qwen3": {
        "grouped, A = 2 C": QWEN3 | {"use_rope": True},
        "hybrid": QWEN3 | {"use_rope": True, "softmax_layers": [0, 2], "balance_state": False},
    },
}


def class_name(model_type):
    return model_type.replace("rwkv", "RWKV").replace("qwen", "Qwen")


def make_student(model_type, fields, parent):
    """A student with lively random weights, written to a folder and loaded from it."""
    folder = pathlib.Path(parent) / model_type
    folder.mkdir()
    student_folder.add_modeling_files(folder)
    names = {
        "AutoConfig": f"configuration_{model_type}.{class_name(model_type)}Config",
        "AutoModelForCausalLM": f"modeling_{model_type}.{class_name(model_type)}ForCausalLM",
    }
    (folder / "config.json").write_text(json.dumps(fields | {"model_type": model_type, "auto_map": names}))
    config = transformers.AutoConfig.from_pretrained(folder, trust_remote_code=True)
    model = transformers.AutoModelForCausalLM.from_config(config, trust_remote_code=True)
    for name, parameter in model.named_parameters():
        if "embed_tokens" in name or "lm_head" in name:
            parameter.data = torch.randn_like(parameter) * 0.5
        else:
            parameter.data += torch.randn_like(parameter) * (
                parameter.shape[-1] ** -0.5 if parameter.dim() == 2 else 0.3
            )
    model.save_pretrained(folder)
    student_folder.add_modeling_files(folder)
    return student_folder.load(folder, torch.float32)


def random_ids(*shape):
    return torch.randint(3, V, shape)


@torch.no_grad()
def check_cached(model):
    """Pieces of any size continue as the whole."""
    ids = random_ids(2, T)
    whole = model(ids).logits
    errors = []
    for sizes in ([T - 1, 1], [1] * T, [5, 16, 1, 15]):
        cache, pieces = None, []
        for piece in ids.split(sizes, dim=1):
            output = model(piece, past_key_values=cache, use_cache=True)
            cache = output.past_key_values
            pieces.append(output.logits)
        errors.append(error(torch.cat(pieces, 1), whole))
    return max(errors)


@torch.no_grad()
def check_padding(model):
    """Left, right and inner padding, of any token, in the prompt and in what continues it."""
    ids, errors = random_ids(T), []
    alone = model(ids[None]).logits[0]
    for pads in ([0] * 9, [T] * 9, [0, 3, 3, 20, T], [0] * 3 + [T] * 5):
        slots = sorted(list(range(T)) + [pad - 0.5 for pad in pads])
        real = torch.tensor([slot == int(slot) and slot >= 0 for slot in slots])
        padded = random_ids(len(slots))
        padded[real] = ids
        batch = torch.stack([padded, random_ids(len(slots))])
        mask = torch.stack([real, torch.ones_like(real)]).long()
        output = model(batch, attention_mask=mask).logits
        errors.append(error(output[0][real], alone))
        errors.append(error(output[1], model(batch[1:]).logits[0]))
        begin = model(batch[:, :11], attention_mask=mask[:, :11], use_cache=True)
        rest = model(batch[:, 11:], attention_mask=mask, past_key_values=begin.past_key_values)
        errors.append(error(torch.cat([begin.logits, rest.logits], 1)[0][real], alone))
    errors.append(error(model(ids[None], attention_mask=torch.ones(1, T)).logits[0], alone))
    return max(errors)


@torch.no_grad()
def check_causal(model):
    """A change of token 20 changes nothing before it, and what comes after it."""
    ids = random_ids(1, T)
    changed = ids.clone()
    changed[0, 20] = 3 + (ids[0, 20] - 2) % (V - 3)
    one, other = model(ids).logits[0], model(changed).logits[0]
    return error(other[:20], one[:20]) if error(other[20:], one[20:]) > 1e-3 else float("inf")


@torch.no_grad()
def check_v_first(model):
    """RAD-RWKV7: whatever mixer layer 0 has, it passes on its values, head h those of key/value head h / G."""
    mixer, seen = model.model.layers[0].self_attn, {}
    hook = mixer.register_forward_hook(lambda _, inputs, output: seen.update(x=inputs[0], v_first=output[1]))
    model(random_ids(2, T))
    hook.remove()
    v = torch.nn.functional.linear(seen["x"], mixer.v_proj.weight, mixer.v_proj.bias)  # [B,T,Hkv*N]
    G, N = mixer.H // mixer.Hkv, mixer.N
    expected = torch.stack([v[..., h // G * N : (h // G + 1) * N] for h in range(mixer.H)], dim=2)
    return error(seen["v_first"], expected)


@torch.no_grad()
def check_eager(model, parent):
    """Eager and sdpa attention agree."""
    model.save_pretrained(parent)
    ids, mask = random_ids(2, T), torch.ones(2, T, dtype=torch.long)
    mask[0, :7] = 0
    eager = student_folder.load(parent, torch.float32, attn_implementation="eager")
    sdpa = student_folder.load(parent, torch.float32, attn_implementation="sdpa")
    real = mask.bool()
    padded = error(eager(ids, attention_mask=mask).logits[real], sdpa(ids, attention_mask=mask).logits[real])
    return max(padded, error(eager(ids).logits, sdpa(ids).logits))


@torch.no_grad()
def check_save(model, parent):
    """Saved and loaded: equal to the bit, tied embeddings still tied."""
    model.save_pretrained(parent)
    loaded = student_folder.load(parent, torch.float32)
    ids = random_ids(1, T)
    tied = loaded.lm_head.weight.data_ptr() == loaded.model.embed_tokens.weight.data_ptr()
    equal = torch.equal(loaded(ids).logits, model(ids).logits) and tied == model.config.tie_word_embeddings
    return 0.0 if equal and loaded.config.softmax_layers == model.config.softmax_layers else float("inf")


@torch.no_grad()
def check_bfloat16(model, parent):
    """In bfloat16 the states are float32, and most tokens' logits are those of float32 to a few percent."""
    model.save_pretrained(parent)
    loaded = student_folder.load(parent, torch.bfloat16)
    ids = random_ids(1, T)
    output = loaded(ids, use_cache=True)
    states_float32 = all(S.dtype == torch.float32 for S in output.past_key_values.states.values())
    exact = model(ids).logits
    distances = (output.logits.float() - exact).norm(dim=-1) / exact.norm(dim=-1)  # [1,T]
    fits = output.logits.dtype == torch.bfloat16 and distances.median() < 0.1
    loaded.generate(ids, max_new_tokens=3, do_sample=False)
    return 0.0 if states_float32 and fits else float("inf")


def generate(model, ids, **arguments):
    arguments = {
        "max_new_tokens": 24,
        "do_sample": False,
        "pad_token_id": 0,
        "eos_token_id": None,
    } | arguments
    return model.generate(ids, **arguments)[:, ids.shape[1] :]


def check_generate(model):
    """The same tokens with and without a cache, alone and left-padded in a batch, greedily and by beams."""
    long, short = random_ids(1, 19), random_ids(1, 8)
    pad = torch.zeros(1, 11, dtype=torch.long)
    batch = torch.cat([long, torch.cat([pad, short], 1)])
    mask = torch.cat([torch.ones_like(long), torch.cat([pad, torch.ones_like(short)], 1)])
    alone = torch.cat([generate(model, long), generate(model, short)])
    equal = [
        torch.equal(generate(model, batch, attention_mask=mask, use_cache=cache), alone) for cache in (True, False)
    ]
    equal += [
        torch.equal(generate(model, ids, use_cache=False), row[None])
        for ids, row in zip((long, short), alone, strict=True)
    ]
    beams = [generate(model, batch, attention_mask=mask, num_beams=3, use_cache=cache) for cache in (True, False)]
    sampled = []
    for cache in (True, False):
        torch.manual_seed(0)
        sampled.append(generate(model, long, do_sample=True, num_return_sequences=2, use_cache=cache))
    prefix = model(long[:, :10], use_cache=True).past_key_values
    reused = generate(model, long, past_key_values=prefix)
    equal += [torch.equal(*beams), torch.equal(*sampled), torch.equal(reused, alone[:1])]
    return 0.0 if all(equal) else float("inf")


def gradients(model, ids):
    model.zero_grad()
    model(ids, labels=ids).loss.backward()
    return {name: parameter.grad.clone() for name, parameter in model.named_parameters() if parameter.grad is not None}


def check_training(model):
    """Gradient checkpointing gives the gradients of a plain pass."""
    ids = random_ids(2, T)
    model.train()
    plain, errors = gradients(model, ids), []
    for reentrant in (True, False):
        model.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": reentrant})
        model.enable_input_require_grads()
        again = gradients(model, ids)
        model.gradient_checkpointing_disable()
        errors += [error(again[name], plain[name]) for name in plain]
        errors.append(0.0 if again.keys() == plain.keys() else float("inf"))
    model.zero_grad()
    model.eval()
    return max(errors)


@torch.no_grad()
def check_unused(model):
    """Unused parameters may be NaN."""
    ids = random_ids(1, T)
    before = model(ids).logits
    for layer in model.model.layers:
        mixer = layer.self_attn
        unused = ["r_k"] + ["k_k", "k_a"] * model.config.balance_state + ["v0", "v1", "v2"] * (mixer.layer == 0)
        for name in unused:
            with contextlib.suppress(AttributeError):
                getattr(mixer, name).fill_(float("nan"))
    return 0.0 if torch.equal(model(ids).logits, before) else float("inf")


def check_student(model_type, fields):
    with tempfile.TemporaryDirectory() as parent:
        model = make_student(model_type, fields, parent)
        folders = (pathlib.Path(parent) / f"saved{i}" for i in itertools.count())
        errors = {
            "cached": check_cached(model),
            "padding": check_padding(model),
            "causal": check_causal(model),
            "eager": check_eager(model, next(folders)),
            "saved": check_save(model, next(folders)),
            "bfloat16": check_bfloat16(model, next(folders)),
            "generate": check_generate(model),
            "training": check_training(model),
            "unused": check_unused(model),  # leaves NaN in unused parameters
        }
        if model.config.mixer == "rwkv7":
            errors["v_first"] = check_v_first(model)
    return errors


TEACHERS = {
    "Qwen2": ("rwkv7qwen2", {}, GROUPED),
    "Llama": (
        "rwkv6qwen2",
        {"attention_bias": False},
        GROUPED | {"rope_scaling": LLAMA3, "max_position_embeddings": 128},
    ),
    "Qwen3": ("rwkv7qwen3", {}, QWEN3),
}


@torch.no_grad()
def check_teacher(name, model_type, student_fields, fields):
    """A student with only softmax layers computes what its teacher computes."""
    config = getattr(transformers, f"{name}Config")(**fields, rope_theta=5e5)
    teacher = getattr(transformers, f"{name}ForCausalLM")(config).eval()
    with tempfile.TemporaryDirectory() as parent:
        layers = list(range(fields["num_hidden_layers"]))
        given = fields | student_fields | {"softmax_layers": layers, "rope_theta": 5e5}
        student = make_student(model_type, given, parent)
    for parameter in teacher.parameters():
        parameter.add_(torch.randn_like(parameter) * 0.2)
    student.load_state_dict(teacher.state_dict())
    ids = random_ids(2, T)
    return {"logits": error(student(ids).logits, teacher(ids).logits)}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    torch.set_num_threads(1)  # the students are too small for more
    print(f"transformers {transformers.__version__}, torch {torch.__version__}, seed {arguments.seed}")
    cases = [
        (f"{model_type} {name}", lambda m=model_type, f=fields: check_student(m, f))
        for model_type, students in STUDENTS.items()
        for name, fields in students.items()
    ]
    cases += [(f"teacher {name}", lambda n=name, case=case: check_teacher(n, *case)) for name, case in TEACHERS.items()]
    failed = False
    for name, check in cases:
        torch.manual_seed(arguments.seed)
        errors = check()
        bad = [n for n, value in errors.items() if not value <= (GRADIENT_BOUND if n == "training" else BOUND)]
        failed |= bool(bad)
        figures = ", ".join(f"{n} {'equal' if value == 0 else f'{value:.1e}'}" for n, value in errors.items())
        print(f"{'FAIL' if bad else 'ok  '} {name}: {figures}", flush=True)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
