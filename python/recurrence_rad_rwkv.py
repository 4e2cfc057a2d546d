"""The recurrences of RAD-RWKV6 and RAD-RWKV7 in float32: single steps for decoding, else chunks of tokens.

    wkv6    S_t = diag(exp(lw_t)) S_{t-1} + k_t v_t^T                              S [N_key, N_value]
            o_t = N^-0.5 S_t^T q_t
    wkv7    S_t = S_{t-1} diag(exp(lw_t)) - (S_{t-1} kk_t) b_t^T + v_t k_t^T       S [N_value, N_key]
            o_t = S_t r_t                                                          b_t = kk_t * a_t

Time tensors are [B,T,H,N], states [B,H,N,N]. Both functions return o [B,T,H,N] and the state after the last
token, in float32. A token with lw = 0, k = 0 and kk = 0 leaves the state as it is; padding is expressed this way.

On a GPU, with 16-bit inputs, the chunks run in the kernels of flash-linear-attention if it is installed; the
environment variable RADLADS_NO_FLA=1 disables it.
"""

import functools
import inspect
import os
import types

import torch
import torch.nn.functional as F

# Tokens per chunk. wkv7 divides by exp(cumulative lw), which 16 steps of lw > -0.6065 keep above e^-9.8: no
# overflow, and no digits lost to the size of the exponents.
CHUNK = 16


def wkv6(q, k, v, lw, S):
    """q, k, v, lw [B,T,H,N]; S [B,H,N_key,N_value] float32."""
    T, N = q.shape[1], q.shape[-1]
    kernels = fla_kernels(q)
    if kernels is not None:
        return call_fla(kernels.chunk_gla, q=q, k=k.to(q), v=v.to(q), g=lw, scale=N**-0.5, initial_state=S)
    with torch.autocast(q.device.type, enabled=False):
        q, k, v, lw = q.float() * N**-0.5, k.float(), v.float(), lw.float()
        return wkv6_step(q, k, v, lw, S) if T == 1 else wkv6_chunked(q, k, v, lw, S)


def wkv7(r, lw, k, v, kk, a, S):
    """r, lw, k, v, kk, a [B,T,H,N]; S [B,H,N_value,N_key] float32."""
    kernels = fla_kernels(r)
    if kernels is not None:
        k, v, minus_kk, b = (x.to(r) for x in (k, v, -kk, kk * a))
        state = S.transpose(-1, -2).contiguous()  # the kernel's states are [N_key, N_value]
        o, state = call_fla(kernels.chunk_rwkv7, r=r, w=lw, k=k, v=v, a=minus_kk, b=b, scale=1.0, initial_state=state)
        return o, state.transpose(-1, -2)
    with torch.autocast(r.device.type, enabled=False):
        r, lw, k, v, kk, b = (x.float() for x in (r, lw, k, v, kk, kk * a))
        return wkv7_step(r, lw, k, v, kk, b, S) if r.shape[1] == 1 else wkv7_chunked(r, lw, k, v, kk, b, S)


def wkv6_step(q, k, v, lw, S):
    q, k, v, w = (x[:, 0] for x in (q, k, v, lw.exp()))  # [B,H,N]
    S = S * w[..., :, None] + k[..., :, None] * v[..., None, :]
    return (q[..., None, :] @ S).transpose(1, 2), S


def wkv7_step(r, lw, k, v, kk, b, S):
    r, k, v, kk, b, w = (x[:, 0] for x in (r, k, v, kk, b, lw.exp()))  # [B,H,N]
    removed = S @ kk[..., :, None]  # [B,H,N,1]
    S = S * w[..., None, :] - removed * b[..., None, :] + v[..., :, None] * k[..., None, :]
    return (S @ r[..., :, None])[..., 0][:, None], S


def wkv6_chunked(q, k, v, lw, S):
    """Within a chunk A[t,s] = q_t . (k_s decayed from s to t), and o = A v + (q_t decayed from the start) S.

    lw may be -5 at every step, so exp(-cumulative lw) would overflow: keys are decayed step by step instead, in
    all chunks at once, which also ends with the keys that the state after the chunk needs.
    """
    T, c = q.shape[1], CHUNK
    q, k, v, lw = (split_chunks(x, c) for x in (q, k, v, lw))  # [B,H,n,c,N]
    w, arrived = lw.exp(), torch.eye(c, device=q.device)
    k_decayed, rows = torch.zeros_like(k), []
    for t in range(c):
        k_decayed = k_decayed * w[..., t : t + 1, :] + k * arrived[t][:, None]
        rows.append((k_decayed @ q[..., t, :, None])[..., 0])
    o_within = torch.stack(rows, dim=-2) @ v  # [B,H,n,c,N]

    q_decayed, w_chunk = q * lw.cumsum(-2).exp(), lw.sum(-2).exp()
    o = []
    for i in range(q.shape[2]):
        o.append(o_within[:, :, i] + q_decayed[:, :, i] @ S)
        S = S * w_chunk[:, :, i, :, None] + k_decayed[:, :, i].transpose(-1, -2) @ v[:, :, i]
    return join_chunks(o, T), S


def wkv7_chunked(r, lw, k, v, kk, b, S):
    """With c_t the sum of lw up to t inside the chunk, and u_t = S_{t-1} kk_t, what step t takes out of the state,

        S_t = S_0 e^{c_t} + sum_{s<=t} (v_s k_s^T - u_s b_s^T) e^{c_t - c_s}
        u_t = S_0 kk'_t + sum_{s<t} (v_s (k_s e^{-c_s}) . kk'_t - u_s (b_s e^{-c_s}) . kk'_t),  kk'_t = e^{c_{t-1}} kk_t

    The second line is a triangular system for u; its solution is linear in S_0, u = U_S S_0^T + U_v.
    """
    T, c, N = r.shape[1], CHUNK, r.shape[-1]
    r, lw, k, v, kk, b = (split_chunks(x, c) for x in (r, lw, k, v, kk, b))  # [B,H,n,c,N]
    decay = lw.cumsum(-2)
    end = decay[..., -1:, :]
    r_in, kk_in = r * decay.exp(), kk * (decay - lw).exp()
    k_out, b_out = (k * (-decay).exp()).transpose(-1, -2), (b * (-decay).exp()).transpose(-1, -2)

    right_side = torch.cat([kk_in, (kk_in @ k_out).tril(-1) @ v], dim=-1)
    solved = torch.linalg.solve_triangular((kk_in @ b_out).tril(-1), right_side, upper=False, unitriangular=True)
    U_S, U_v = solved.split(N, dim=-1)  # [B,H,n,c,N] each
    o_within, r_b = (r_in @ k_out).tril() @ v, (r_in @ b_out).tril()
    k_end, b_end, w_chunk = k * (end - decay).exp(), b * (end - decay).exp(), end.exp()
    v_T, o = v.transpose(-1, -2), []
    for i in range(r.shape[2]):
        S_T = S.transpose(-1, -2)
        u = U_S[:, :, i] @ S_T + U_v[:, :, i]
        o.append(o_within[:, :, i] + r_in[:, :, i] @ S_T - r_b[:, :, i] @ u)
        S = S * w_chunk[:, :, i] + v_T[:, :, i] @ k_end[:, :, i] - u.transpose(-1, -2) @ b_end[:, :, i]
    return join_chunks(o, T), S


def split_chunks(x, c):
    """[B,T,H,N] to [B,H,n,c,N]; the last chunk is padded with zeros, which leave states as they are."""
    x = F.pad(x.transpose(1, 2), (0, 0, 0, -x.shape[1] % c))
    return x.unflatten(2, (-1, c))


def join_chunks(chunks, T):
    """n times [B,H,c,N] to [B,T,H,N]."""
    return torch.cat(chunks, dim=2)[:, :, :T].transpose(1, 2)


@functools.cache
def import_fla():
    """The chunked kernels of flash-linear-attention, or None if it is missing or disabled."""
    if os.environ.get("RADLADS_NO_FLA", "0") not in ("", "0"):
        return None
    try:
        from fla.ops.gla import chunk_gla
        from fla.ops.rwkv7 import chunk_rwkv7
    except ImportError:
        return None
    return types.SimpleNamespace(chunk_gla=chunk_gla, chunk_rwkv7=chunk_rwkv7)


def fla_kernels(x):
    """When they apply: 16-bit x [B,T,H,N] on a GPU. A single step is as fast without them."""
    return import_fla() if x.is_cuda and x.element_size() == 2 and x.shape[1] > 1 else None


def call_fla(kernel, **arguments):
    """Early versions put heads before time unless told otherwise; later ones do not know the argument."""
    if "head_first" in inspect.signature(kernel).parameters:
        arguments["head_first"] = False
    o, S = kernel(**arguments, output_final_state=True)
    return o.float(), S
