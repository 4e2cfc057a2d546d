"""What the four student configurations share: the teacher's fields and those of the recurrent mixers.

A student is a softmax transformer (Qwen2, Qwen3 or Llama) with attention replaced by RAD-RWKV6 or
RAD-RWKV7 (arXiv 2505.03005) in all layers except `softmax_layers`. The subclasses say which mixer, which teacher.
"""

from transformers import PretrainedConfig


def default_rank(C: int, exponent: float, factor: float) -> int:
    """Inner size of a low-rank pair that the configuration leaves open; C is the width."""
    return max(1, round(C**exponent * factor / 32)) * 32


class RadRwkvConfig(PretrainedConfig):
    """The fields of the teacher, and:

    use_rope            the recurrent mixers rotate queries and keys; softmax layers always do
    use_tokenshift      RAD-RWKV6 mixes each token with the one before it; RAD-RWKV7 never does
    balance_state       scale keys by what the decay makes room for, so that the state keeps its size
    groupnorm_att       normalize each head's output
    gate_rank_type      output gate: 0 none, 1 full rank, 2 low rank
    lora_rank_*         inner sizes of the low-rank pairs; None: the published default for the width
    softmax_layers      indices of the layers that keep softmax; None: the last `num_attention_layers`
    attention_bias      q_proj, k_proj, v_proj have a bias; attention_output_bias: o_proj has one
    head_dim            None: 128 for students of Qwen3, else hidden_size / num_attention_heads
    rope_parameters     newer spelling of rope_theta and rope_scaling; types `default` and `llama3`
    """

    keys_to_ignore_at_inference = ["past_key_values"]

    mixer = None  # "rwkv6" or "rwkv7"
    qk_norm = False  # RMSNorm of each head of q and k before RoPE

    def __init__(
        self,
        vocab_size=151936,
        hidden_size=4096,
        intermediate_size=22016,
        num_hidden_layers=32,
        num_attention_heads=32,
        num_key_value_heads=None,
        head_dim=None,
        hidden_act="silu",
        max_position_embeddings=32768,
        initializer_range=0.02,
        rms_norm_eps=1e-6,
        use_cache=True,
        tie_word_embeddings=False,
        rope_theta=10000.0,
        rope_scaling=None,
        rope_parameters=None,
        attention_bias=True,
        attention_output_bias=False,
        attention_dropout=0.0,
        use_sliding_window=False,
        use_rope=False,
        use_tokenshift=False,
        balance_state=True,
        groupnorm_att=False,
        gate_rank_type=2,
        lora_rank_tokenshift=None,
        lora_rank_decay=None,
        lora_rank_iclr=None,
        lora_rank_value_residual_mix=None,
        lora_rank_gate=None,
        num_attention_layers=0,
        softmax_layers=None,
        **kwargs,
    ):
        self.vocab_size = vocab_size
        self.hidden_size = hidden_size
        self.intermediate_size = intermediate_size
        self.num_hidden_layers = num_hidden_layers
        self.num_attention_heads = num_attention_heads
        self.num_key_value_heads = num_key_value_heads or num_attention_heads
        self.head_dim = head_dim or (128 if self.qk_norm else hidden_size // num_attention_heads)
        self.hidden_act = hidden_act
        self.max_position_embeddings = max_position_embeddings
        self.initializer_range = initializer_range
        self.rms_norm_eps = rms_norm_eps
        self.use_cache = use_cache
        self.attention_bias = attention_bias
        self.attention_output_bias = attention_output_bias
        self.attention_dropout = attention_dropout
        self.use_sliding_window = use_sliding_window
        self.use_rope = use_rope
        self.use_tokenshift = use_tokenshift
        self.balance_state = balance_state
        self.groupnorm_att = groupnorm_att
        self.gate_rank_type = gate_rank_type

        C = hidden_size
        self.lora_rank_gate = lora_rank_gate or default_rank(C, 0.8, 0.6)
        if self.mixer == "rwkv6":  # published checkpoints with open ranks have these
            self.lora_rank_tokenshift = lora_rank_tokenshift or (32 if C < 4096 else 64)
            self.lora_rank_decay = lora_rank_decay or (64 if C < 4096 else 128)
        else:
            self.lora_rank_decay = lora_rank_decay or default_rank(C, 0.5, 1.8)
            self.lora_rank_iclr = lora_rank_iclr or default_rank(C, 0.5, 1.8)
            self.lora_rank_value_residual_mix = lora_rank_value_residual_mix or default_rank(C, 0.5, 1.3)

        if softmax_layers is None:
            softmax_layers = range(num_hidden_layers - num_attention_layers, num_hidden_layers)
        self.num_attention_layers = num_attention_layers
        self.softmax_layers = sorted(set(softmax_layers))

        self._set_rope(rope_theta, rope_scaling, rope_parameters)
        self._check()
        super().__init__(tie_word_embeddings=tie_word_embeddings, **kwargs)

    def _set_rope(self, rope_theta, rope_scaling, rope_parameters):
        rope = {
            "rope_type": "default",
            "rope_theta": rope_theta,
            **(rope_scaling or {}),
            **(rope_parameters or {}),
        }
        rope["rope_type"] = rope.pop("type", rope["rope_type"])
        self.rope_parameters = rope
        self.rope_theta = rope["rope_theta"]
        if not hasattr(PretrainedConfig, "rope_scaling"):  # from transformers 5 it is an alias of rope_parameters
            scaling = {name: value for name, value in rope.items() if name != "rope_theta"}
            self.rope_scaling = None if rope["rope_type"] == "default" else scaling

    def _check(self):
        H, Hkv = self.num_attention_heads, self.num_key_value_heads
        if H % Hkv:
            raise ValueError(f"num_attention_heads {H} is not a multiple of num_key_value_heads {Hkv}")
        if self.gate_rank_type not in (0, 1, 2):
            raise ValueError(f"gate_rank_type must be 0 (none), 1 (full rank) or 2 (low rank), not {self.gate_rank_type}")
        if self.use_tokenshift and self.mixer == "rwkv7":
            raise ValueError("use_tokenshift: RAD-RWKV7 has no token shift")
        if any(not 0 <= l < self.num_hidden_layers for l in self.softmax_layers):
            raise ValueError(f"softmax_layers {self.softmax_layers}: must be from 0 to {self.num_hidden_layers - 1}")
        if self.softmax_layers and self.use_sliding_window:
            raise ValueError("use_sliding_window: the softmax layers of a student see the whole context")
        if self.rope_parameters["rope_type"] not in ("default", "llama3"):
            raise ValueError(f"rope_type {self.rope_parameters['rope_type']!r} is not supported; use 'default' or 'llama3'")
