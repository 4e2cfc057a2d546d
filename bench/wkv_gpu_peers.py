"""Times wkv6 and wkv7 on a GPU against flash-linear-attention and rwkv-ops, in turn, and prints one table.

usage: wkv_gpu_peers.py [--bench build/cuda/bench/bench_wkv_cuda] [--rounds 3]

Every round runs the peers and then bench_wkv_cuda, so that all see the same machine; a figure is the median over the rounds
of each round's median: 3 runs to warm up (after one that compiles), then 20 timed by CUDA events. Inputs have the
distributions of bench_wkv_cuda: bfloat16, with float32 states for decoding. A time is that of a call from the host, and for
a short one mostly the host's. Gradients are those of all inputs. The chunked kernels are for training; decoding is timed with
the peers' kernels for one token, which write new states where ours work in place.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from typing import Callable, NamedTuple

WARM_UP_RUNS, RUNS = 3, 20
TRAINING = ((8, 4096, 32, 64), (8, 4096, 32, 128), (1, 32768, 32, 128))  # B, T, H, N
DECODING = tuple((batch, 1, 32, n) for n in (64, 128) for batch in (1, 8, 64, 512))


class Row(NamedTuple):
    mixer: str
    B: int
    T: int
    H: int
    N: int
    passes: str


ROWS = [Row(mixer, *shape, passes) for mixer in ("wkv6", "wkv7")
        for shapes, kinds in ((TRAINING, ("forward", "forward+backward")), (DECODING, ("decode",)))
        for shape in shapes for passes in kinds]


def draw(torch, row: Row) -> dict:
    """[B,T,H,N] bfloat16, as bench/wkv_problem.cc draws them."""
    shape = (row.B, row.T, row.H, row.N)

    def normal():
        return torch.randn(shape, device="cuda", dtype=torch.bfloat16)

    lowest = -5.0 if row.mixer == "wkv6" else -0.6065
    x = {"r": normal(), "k": normal(), "v": normal(), "lw": torch.rand(shape, device="cuda").mul_(lowest).bfloat16()}
    if row.mixer == "wkv7":
        kk = torch.nn.functional.normalize(normal().float(), dim=-1).bfloat16()
        x |= {"a": -kk, "b": kk * torch.rand_like(kk)}
    return x


def fla_peer(torch, row: Row) -> Callable:
    """A function of the inputs and the state, [B,H,N,N] float32 or None, that returns o and the new state."""
    decodes = row.passes == "decode"
    if row.mixer == "wkv6":
        from fla.ops.gla import chunk_gla, fused_recurrent_gla
        if decodes:
            return lambda x, s: fused_recurrent_gla(x["r"], x["k"], x["v"], gk=x["lw"], scale=row.N ** -0.5,
                                                    initial_state=s, output_final_state=True)
        return lambda x, s: chunk_gla(x["r"], x["k"], x["v"], x["lw"], scale=row.N ** -0.5)
    from fla.ops.rwkv7 import chunk_rwkv7, fused_recurrent_rwkv7
    if decodes:
        return lambda x, s: fused_recurrent_rwkv7(x["r"], x["lw"], x["k"], x["v"], x["a"], x["b"], scale=1.0,
                                                  initial_state=s, output_final_state=True)
    # safe_gate: lw is above -5, so fla may use its faster kernels.
    return lambda x, s: chunk_rwkv7(x["r"], x["lw"], x["k"], x["v"], x["a"], x["b"], scale=1.0, safe_gate=True)


def fla_bounded_peer(torch, row: Row) -> Callable | None:
    """chunk_rwkv7 told how low lw is, for which it takes chunks of 64 tokens instead of 16."""
    if row.mixer == "wkv6" or row.passes == "decode":
        return None
    from fla.ops.rwkv7 import chunk_rwkv7
    return lambda x, s: chunk_rwkv7(x["r"], x["lw"], x["k"], x["v"], x["a"], x["b"], scale=1.0, lower_bound=-0.61)


def rwkv_ops_peer(torch, row: Row) -> Callable | None:
    """As fla_peer; None for what the peer does not have."""
    if row.mixer == "wkv6":
        return None
    from rwkv_ops.rwkv7_kernel import get_generalized_delta_rule, get_rnn_generalized_delta_rule
    # This peer is given lw = -e^w by its w.
    if row.passes == "decode":
        step = get_rnn_generalized_delta_rule(row.N, KERNEL_TYPE="cuda")
        return lambda x, s: step(x["r"], x["w"], x["k"], x["v"], x["a"], x["b"], initial_state=s)
    trains, infers = get_generalized_delta_rule(row.N, KERNEL_TYPE="cuda")
    rule = infers if row.passes == "forward" else trains
    return lambda x, s: rule(x["r"], x["w"], x["k"], x["v"], x["a"], x["b"])


def time_of(torch, row: Row, peer: Callable) -> float:
    """Median milliseconds of a run."""
    x = draw(torch, row)
    x["w"] = torch.log((-x["lw"].float()).clamp_min(1e-6)).bfloat16()  # read by rwkv-ops alone
    state = torch.randn(row.B, row.H, row.N, row.N, device="cuda") if row.passes == "decode" else None
    trains = row.passes == "forward+backward"
    for tensor in x.values():
        tensor.requires_grad_(trains)
    d_o = torch.randn_like(x["v"])

    def run() -> None:
        nonlocal state
        with torch.set_grad_enabled(trains):
            o, new_state = peer(x, state)
        if trains:
            torch.autograd.grad(o, list(x.values()), d_o, allow_unused=True)  # unused: lw or w
        elif state is not None:
            state = new_state

    run()  # compiles
    torch.cuda.synchronize()
    for _ in range(WARM_UP_RUNS):
        run()
    events = [torch.cuda.Event(enable_timing=True) for _ in range(RUNS + 1)]
    events[0].record()
    for event in events[1:]:
        run()
        event.record()
    torch.cuda.synchronize()
    return statistics.median(start.elapsed_time(end) for start, end in zip(events, events[1:]))


def try_time(torch, name: str, row: Row, make_peer: Callable) -> float | None:
    try:
        peer = make_peer(torch, row)
        return time_of(torch, row, peer) if peer else None
    except Exception as error:  # whatever a peer raises, the others should be measured
        print(f"{name} {row}: {type(error).__name__}: {(str(error).splitlines() or [''])[0]}", flush=True)
        return None
    finally:
        torch.cuda.empty_cache()  # bench_wkv_cuda and the next row need the memory


def ours(program: str) -> dict[Row, float]:
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/rows.json"
        done = subprocess.run([program, "--json", path], capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"{program} failed:\n{done.stdout}\n{done.stderr}")
        if not os.path.exists(path):  # no device
            print(done.stdout, end="")
            sys.exit(0)
        with open(path) as file:
            rows = json.load(file)["rows"]
    return {Row(r["mixer"], r["B"], r["T"], r["H"], r["N"], r["pass"]): r["ms"] for r in rows}


def import_torch():
    try:
        import torch
        return torch
    except ImportError as error:
        print(f"the peers are left out ({error}): pip install torch flash-linear-attention")
        return None


def available_peers() -> dict[str, Callable]:
    peers = {}
    for name, module, package, make in (("fla", "fla.ops", "flash-linear-attention", fla_peer),
                                        ("fla-64", "fla.ops", "flash-linear-attention", fla_bounded_peer),
                                        ("rwkv-ops", "rwkv_ops", "rwkv-ops", rwkv_ops_peer)):
        try:
            __import__(module)
            peers[name] = make
        except ImportError as error:
            print(f"{name} is left out ({error}): pip install {package}")
    return peers


def print_table(names: list[str], times: dict[str, dict[Row, list[float]]]) -> None:
    print(f"{'mixer':<6}{'N':>4}{'T':>7}{'B':>5}{'H':>4}  {'pass':<17}{'ours ms':>10}"
          + "".join(f"{name + ' ms':>13}{'ratio':>8}" for name in names))
    for row in ROWS:
        ms = {name: statistics.median(of[row]) for name, of in times.items() if row in of}
        line = f"{row.mixer:<6}{row.N:>4}{row.T:>7}{row.B:>5}{row.H:>4}  {row.passes:<17}"
        line += f"{ms['ours']:>10.4f}" if "ours" in ms else f"{'-':>10}"
        for name in names:
            line += f"{ms[name]:>13.4f}" if name in ms else f"{'-':>13}"
            line += f"{ms[name] / ms['ours']:>7.2f}x" if name in ms and "ours" in ms else f"{'-':>8}"
        print(line)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--bench", default="build/cuda/bench/bench_wkv_cuda")
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    os.environ.setdefault("KERNEL_BACKEND", "torch")  # of rwkv-ops
    torch = import_torch()
    if torch and not torch.cuda.is_available():
        print("no CUDA device: nothing measured")
        return
    peers = available_peers() if torch else {}
    times = {name: {} for name in ("ours", *peers)}
    for _ in range(args.rounds):
        for row in ROWS:
            for name, make in peers.items():
                ms = try_time(torch, name, row, make)
                if ms is not None:
                    times[name].setdefault(row, []).append(ms)
        for row, ms in ours(args.bench).items():
            times["ours"].setdefault(row, []).append(ms)
    print_table(list(peers), times)


if __name__ == "__main__":
    main()
