"""The mixers of a student: RAD-RWKV6 and RAD-RWKV7, which replace attention, and a hybrid's softmax attention.

Shapes: B batch, T time, C width, H query heads, Hkv key/value heads, N head size, A = H * N.
All are called the same way,

    y, v_first = mixer(x, cos, sin, real, mask, v_first, cache)

    x         [B,T,C]     output of the block's first norm
    cos, sin  [B,T,N/2]   RoPE, float32
    real      [B,T]       False where a token is padding, or None if there is none; padding changes no state
    mask      [B,1,T,S]   softmax layers: which of the S tokens so far each token sees; None: causal
    v_first   [B,T,H,N]   RAD-RWKV7: the values of layer 0, which computes them whatever its own mixer is
    cache     a RadRwkvCache, or None
"""

import math

import torch
import torch.nn.functional as F
from torch import nn

from .recurrence_rad_rwkv import wkv6, wkv7


def make_mixer(config, layer):
    if layer in config.softmax_layers:
        return SoftmaxMixer(config, layer)
    return {"rwkv6": Rad6Mixer, "rwkv7": Rad7Mixer}[config.mixer](config, layer)


class RMSNorm(nn.Module):
    def __init__(self, size, eps):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(size))
        self.eps = eps

    def forward(self, x):
        y = x.float()
        y = y * torch.rsqrt(y.square().mean(-1, keepdim=True) + self.eps)
        return self.weight * y.to(x.dtype)


class Mixer(nn.Module):
    """The projections, which every mixer inherits from the teacher's attention."""

    def __init__(self, config, layer):
        super().__init__()
        self.layer = layer
        self.num_layers = config.num_hidden_layers
        C, N = config.hidden_size, config.head_dim
        H, Hkv = config.num_attention_heads, config.num_key_value_heads
        self.C, self.H, self.Hkv, self.N, self.A = C, H, Hkv, N, H * N
        self.q_proj = nn.Linear(C, self.A, bias=config.attention_bias)
        self.k_proj = nn.Linear(C, Hkv * N, bias=config.attention_bias)
        self.v_proj = nn.Linear(C, Hkv * N, bias=config.attention_bias)
        self.o_proj = nn.Linear(self.A, C, bias=config.attention_output_bias)
        self.q_norm = RMSNorm(N, config.rms_norm_eps) if config.qk_norm else nn.Identity()
        self.k_norm = RMSNorm(N, config.rms_norm_eps) if config.qk_norm else nn.Identity()

    def heads(self, x):
        """[B,T,h*N] to [B,T,h,N]"""
        return x.unflatten(-1, (-1, self.N))

    def repeat(self, x):
        """[B,T,Hkv,N] to [B,T,H,N]: each key/value head serves H / Hkv query heads."""
        return x.repeat_interleave(self.H // self.Hkv, dim=2)

    def queries(self, x):
        return self.q_norm(self.heads(self.q_proj(x)))  # [B,T,H,N]

    def keys(self, x):
        return self.k_norm(self.heads(self.k_proj(x)))  # [B,T,Hkv,N]

    def values(self, x):
        return self.heads(self.v_proj(x))  # [B,T,Hkv,N]


class SoftmaxMixer(Mixer):
    """The teacher's attention."""

    def __init__(self, config, layer):
        super().__init__(config, layer)
        self.config = config

    def forward(self, x, cos, sin, real, mask, v_first, cache):
        q, k, v = rotate(self.queries(x), cos, sin), rotate(self.keys(x), cos, sin), self.values(x)
        if self.layer == 0:
            v_first = self.repeat(v)
        if cache is not None:
            k, v = cache.extend(self.layer, k, v)
        q, k, v = (y.transpose(1, 2) for y in (q, self.repeat(k), self.repeat(v)))  # [B,H,T,N], [B,H,S,N] twice
        o = self.attend(q, k, v, mask)
        return self.o_proj(o.transpose(1, 2).flatten(2)), v_first

    def attend(self, q, k, v, mask):
        dropout = self.config.attention_dropout if self.training else 0.0
        causal = mask is None and q.shape[2] > 1
        if self.config._attn_implementation != "eager":
            return F.scaled_dot_product_attention(q, k, v, attn_mask=mask, dropout_p=dropout, is_causal=causal)
        scores = (q @ k.transpose(-1, -2)).float() * self.N**-0.5  # [B,H,T,S]
        if causal:
            mask = torch.ones(scores.shape[-2:], dtype=torch.bool, device=q.device).tril()
        if mask is not None:
            scores = scores.masked_fill(~mask, -math.inf)
        return F.dropout(scores.softmax(-1), dropout).to(v.dtype) @ v


class RecurrentMixer(Mixer):
    """What RAD-RWKV6 and RAD-RWKV7 share: the state, the output's norm and its gate."""

    def __init__(self, config, layer):
        super().__init__(config, layer)
        self.use_rope, self.balance_state = config.use_rope, config.balance_state
        self.gate_rank_type = config.gate_rank_type
        if self.gate_rank_type == 1:
            self.gate = nn.Linear(self.C, self.A, bias=False)
        elif self.gate_rank_type == 2:
            R = config.lora_rank_gate
            self.g1, self.g2 = empty(self.C, R), empty(R, self.A)
        self.ln_x = nn.GroupNorm(self.H, self.A, eps=self.N * 1e-5) if config.groupnorm_att else None

    def state(self, x, cache):
        """The state before x, [B,H,N,N] float32."""
        if cache is not None and self.layer in cache.states:
            return cache.states[self.layer]
        return x.new_zeros(x.shape[0], self.H, self.N, self.N, dtype=torch.float32)

    def output(self, o, x_g):
        """o [B,T,H,N] and the gate's input x_g [B,T,C] to the mixer's output [B,T,C]."""
        o = o.flatten(2).to(x_g.dtype)  # [B,T,A]
        if self.ln_x is not None:
            o = self.ln_x(o.flatten(0, 1)).view_as(o)
        if self.gate_rank_type == 1:
            o = o * torch.sigmoid(self.gate(x_g))
        elif self.gate_rank_type == 2:
            o = o * (torch.sigmoid(x_g @ self.g1) @ self.g2)
        return self.o_proj(o)

    def reset_gate(self):
        if self.gate_rank_type == 1:
            nn.init.zeros_(self.gate.weight)
        elif self.gate_rank_type == 2:
            nn.init.zeros_(self.g1)
            orthogonal(self.g2)


class Rad6Mixer(RecurrentMixer):
    """RAD-RWKV6 ("RADFinch")."""

    SLOTS = "rkvwg"  # order of the token shift's five low-rank pairs

    def __init__(self, config, layer):
        super().__init__(config, layer)
        self.use_tokenshift = config.use_tokenshift
        if self.use_tokenshift:
            R = config.lora_rank_tokenshift
            for slot in "x" + self.SLOTS:
                self.register_parameter(f"time_maa_{slot}", empty(1, 1, self.C))
            self.time_maa_w1, self.time_maa_w2 = empty(self.C, 5 * R), empty(5, R, self.C)
        self.time_decay = empty(1, 1, self.A)
        R = config.lora_rank_decay
        self.time_decay_w1, self.time_decay_w2 = empty(self.C, R), empty(R, self.A)

    def forward(self, x, cos, sin, real, mask, v_first, cache):
        before, last = previous_inputs(x, cache.shifts.get(self.layer) if cache is not None else None, real)
        x_r, x_k, x_v, x_w, x_g = self.token_shift(x, before)
        q, k, v = self.queries(x_r), self.keys(x_k), self.values(x_v)
        if self.use_rope:
            q, k = rotate(q, cos, sin), rotate(k, cos, sin)
        k, v = self.repeat(k), self.repeat(v)

        decay = self.time_decay.float() + (torch.tanh(x_w @ self.time_decay_w1) @ self.time_decay_w2).float()
        lw = self.heads(-decay.exp()).clamp(min=-5)  # log decay [B,T,H,N]
        if self.balance_state:
            k = k * -torch.expm1(lw)
        if real is not None:
            lw, k = lw * real[..., None, None], k * real[..., None, None]

        o, S = wkv6(q, k, v, lw, self.state(x, cache))
        if cache is not None:
            cache.states[self.layer], cache.shifts[self.layer] = S, last
        return self.output(o, x_g), v_first

    def token_shift(self, x, before):
        """x_i = x + d * (maa_i + m_i w2_i) for r, k, v, w, g, where d is the difference to the token before."""
        if not self.use_tokenshift:
            return [x] * 5
        d = before - x
        m = torch.tanh((x + d * self.time_maa_x) @ self.time_maa_w1).unflatten(-1, (5, -1))  # [B,T,5,R]
        maa = [getattr(self, f"time_maa_{slot}") for slot in self.SLOTS]
        return [x + d * (maa[i] + m[:, :, i] @ self.time_maa_w2[i]) for i in range(5)]

    def reset_parameters(self):
        """The initial values of a student before training."""
        if self.use_tokenshift:
            nn.init.ones_(self.time_maa_x)
            for slot in self.SLOTS:
                nn.init.zeros_(getattr(self, f"time_maa_{slot}"))
            nn.init.zeros_(self.time_maa_w1)
            nn.init.uniform_(self.time_maa_w2, -0.01, 0.01)
        ramp(self.time_decay, -6, 0.7 + 1.3 * (1 - self.layer / self.num_layers))
        nn.init.zeros_(self.time_decay_w1)
        nn.init.uniform_(self.time_decay_w2, -0.01, 0.01)
        self.reset_gate()


class Rad7Mixer(RecurrentMixer):
    """RAD-RWKV7 ("RADGoose")."""

    def __init__(self, config, layer):
        super().__init__(config, layer)
        C, A = self.C, self.A
        R_w, R_a, R_v = config.lora_rank_decay, config.lora_rank_iclr, config.lora_rank_value_residual_mix
        self.w0, self.w1, self.w2 = empty(1, 1, A), empty(C, R_w), empty(R_w, A)
        self.a0, self.a1, self.a2 = empty(1, 1, A), empty(C, R_a), empty(R_a, A)
        # Checkpoints hold v0, v1, v2 of layer 0 too, r_k, and k_k and k_a with balance_state. These take no part,
        # not even multiplied by zero: some hold NaN.
        self.v0, self.v1, self.v2 = empty(1, 1, A), empty(C, R_v), empty(R_v, A)
        self.k_k, self.k_a, self.r_k = empty(1, 1, A), empty(1, 1, A), empty(self.H, self.N)

    def forward(self, x, cos, sin, real, mask, v_first, cache):
        r, k, v = self.queries(x), self.keys(x), self.repeat(self.values(x))
        if self.use_rope:
            r, k = rotate(r, cos, sin), rotate(k, cos, sin)
        k = self.repeat(k)
        if self.layer == 0:
            v_first = v
        else:
            v = v + (v_first - v) * self.heads(torch.sigmoid(self.v0 + x @ self.v1 @ self.v2))

        decay = self.w0.float() + (torch.tanh(x @ self.w1) @ self.w2).float()
        lw = self.heads(-math.exp(-0.5) * torch.sigmoid(decay))  # log decay [B,T,H,N], in (-0.6065, 0)
        a = self.heads(torch.sigmoid(self.a0.float() + (x @ self.a1 @ self.a2).float()))  # in-context learning rate
        if self.balance_state:
            kk, k = k, k * (a - torch.expm1(lw))
        else:
            kk, k = k * self.heads(self.k_k), k * (1 + (a - 1) * self.heads(self.k_a))
        kk = F.normalize(kk.float(), dim=-1)  # what is taken out of the state, of unit length
        if real is not None:
            lw, k, kk = (y * real[..., None, None] for y in (lw, k, kk))

        o, S = wkv7(r, lw, k, v, kk, a, self.state(x, cache))
        if cache is not None:
            cache.states[self.layer] = S
        if self.ln_x is None:
            o = o * self.N**-0.5
        return self.output(o, x), v_first

    def reset_parameters(self):
        """The initial values of a student before training."""
        ramp(self.w0, -6.5, 0.85 + (self.layer / max(self.num_layers - 1, 1)) ** 0.5)
        for parameter, value in ((self.a0, 0), (self.v0, 1), (self.k_k, 0.85), (self.k_a, 1), (self.r_k, 0)):
            nn.init.constant_(parameter, value)
        for first, second in ((self.w1, self.w2), (self.a1, self.a2), (self.v1, self.v2)):
            nn.init.zeros_(first)
            orthogonal(second)
        self.reset_gate()


def rope_frequencies(config):
    """[N/2] float32; of type `llama3`, low frequencies are rescaled and medium ones partly."""
    rope, N = config.rope_parameters, config.head_dim
    frequencies = config.rope_theta ** (-torch.arange(0, N, 2, dtype=torch.float64, device="cpu") / N)
    if rope["rope_type"] == "llama3":
        low, high = rope.get("low_freq_factor", 1.0), rope.get("high_freq_factor", 4.0)
        turns = rope.get("original_max_position_embeddings", 8192) * frequencies / (2 * math.pi)
        keep = ((turns - low) / (high - low)).clamp(0, 1)
        frequencies = frequencies * (keep + (1 - keep) / rope.get("factor", 8.0))
    return frequencies.float()


def rotate(x, cos, sin):
    """RoPE of x [B,T,h,N] by cos, sin [B,T,N/2]; dimension i is paired with i + N/2."""
    x1, x2 = x.float().chunk(2, dim=-1)
    cos, sin = cos[:, :, None], sin[:, :, None]
    return torch.cat([x1 * cos - x2 * sin, x2 * cos + x1 * sin], dim=-1).to(x.dtype)


def previous_inputs(x, shift, real):
    """For each token of x [B,T,C] the real token before it, and the last real one [B,C], for the next call.

    Before the first is `shift` [B,C], which the last call returned, or 0.
    """
    B, T, C = x.shape
    shift = x.new_zeros(B, C) if shift is None else shift
    seen = torch.cat([shift[:, None], x], dim=1)  # [B,T+1,C]
    if real is None:
        return seen[:, :-1], seen[:, -1]
    latest = (torch.arange(1, T + 1, device=x.device) * real).cummax(dim=1).values  # [B,T], 0 is `shift`
    index = F.pad(latest, (1, 0))[..., None].expand(-1, -1, C)  # [B,T+1,C]
    seen = seen.gather(1, index)
    return seen[:, :-1], seen[:, -1]


def empty(*shape):
    return nn.Parameter(torch.empty(*shape))


def orthogonal(parameter):
    rows, columns = parameter.shape
    nn.init.orthogonal_(parameter, gain=0.1 * max(1, rows / columns) ** 0.5)


def ramp(parameter, start, exponent):
    """start + 5 (n / (A - 1))^exponent, unless transformers has marked the parameter as loaded."""
    if not getattr(parameter, "_is_hf_initialized", False):
        A = parameter.numel()
        values = start + 5 * torch.linspace(0, 1, A, dtype=torch.float64, device="cpu") ** exponent
        with torch.no_grad():
            parameter.copy_(values.view(1, 1, A))
