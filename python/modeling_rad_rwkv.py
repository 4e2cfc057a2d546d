"""Students of softmax transformers: Qwen2, Qwen3 and Llama blocks with RAD-RWKV6 or RAD-RWKV7 in place of attention.

    x += mixer(RMSNorm(x));  x += down(silu(gate(y)) * up(y)),  y = RMSNorm(x)

The mixers and their equations are in mixers_rad_rwkv.py, the recurrences in recurrence_rad_rwkv.py. Works
with transformers 4.51 and later, on any device, without other packages.
"""

import torch
import transformers
from torch import nn
from transformers import GenerationMixin, PreTrainedModel
from transformers.activations import ACT2FN
from transformers.modeling_outputs import BaseModelOutputWithPast, CausalLMOutputWithPast

from .cache_rad_rwkv import CACHE_NAME, RadRwkvCache
from .generation_rad_rwkv import RadRwkvGeneration
from .inputs_rad_rwkv import check_arguments, one_cache, real_tokens, token_positions
from .mixers_rad_rwkv import RMSNorm, make_mixer, rope_frequencies

BEFORE_5 = int(transformers.__version__.split(".")[0]) < 5
LOSS_ARGUMENTS = ("num_items_in_batch", "ignore_index", "shift_labels")  # of transformers' loss for causal models


class FeedForward(nn.Module):
    def __init__(self, config):
        super().__init__()
        C, F = config.hidden_size, config.intermediate_size
        self.gate_proj = nn.Linear(C, F, bias=False)
        self.up_proj = nn.Linear(C, F, bias=False)
        self.down_proj = nn.Linear(F, C, bias=False)
        self.act_fn = ACT2FN[config.hidden_act]

    def forward(self, x):
        return self.down_proj(self.act_fn(self.gate_proj(x)) * self.up_proj(x))


class RadRwkvLayer(nn.Module):
    def __init__(self, config, layer):
        super().__init__()
        self.self_attn = make_mixer(config, layer)
        self.mlp = FeedForward(config)
        self.input_layernorm = RMSNorm(config.hidden_size, config.rms_norm_eps)
        self.post_attention_layernorm = RMSNorm(config.hidden_size, config.rms_norm_eps)

    def forward(self, x, cos, sin, real, mask, v_first, past_key_values=None):
        y, v_first = self.self_attn(self.input_layernorm(x), cos, sin, real, mask, v_first, past_key_values)
        x = x + y
        x = x + self.mlp(self.post_attention_layernorm(x))
        return x, v_first


class RadRwkvPreTrainedModel(PreTrainedModel):
    base_model_prefix = "model"
    supports_gradient_checkpointing = True
    _no_split_modules = ["RadRwkvLayer"]
    _skip_keys_device_placement = ["past_key_values"]
    _supports_sdpa = True
    _supports_cache_class = True
    _is_stateful = True  # no assisted generation: a state cannot be rolled back

    def _init_weights(self, module):
        """Fresh weights, only for those that no checkpoint gives."""
        if isinstance(module, (nn.Linear, nn.Embedding)):
            nn.init.normal_(module.weight, std=self.config.initializer_range)
            if getattr(module, "bias", None) is not None:
                nn.init.zeros_(module.bias)
        elif isinstance(module, (RMSNorm, nn.GroupNorm)):
            nn.init.ones_(module.weight)
            if getattr(module, "bias", None) is not None:
                nn.init.zeros_(module.bias)
        elif hasattr(module, "reset_parameters"):
            module.reset_parameters()


class RadRwkvModel(RadRwkvPreTrainedModel):
    def __init__(self, config):
        super().__init__(config)
        self.embed_tokens = nn.Embedding(config.vocab_size, config.hidden_size)
        self.layers = nn.ModuleList(RadRwkvLayer(config, layer) for layer in range(config.num_hidden_layers))
        self.norm = RMSNorm(config.hidden_size, config.rms_norm_eps)
        self.rope_frequencies = rope_frequencies(config)  # [N/2], no buffer: it stays float32 and is never "loaded"
        self.gradient_checkpointing = False
        self.post_init()

    def get_input_embeddings(self):
        return self.embed_tokens

    def set_input_embeddings(self, embeddings):
        self.embed_tokens = embeddings

    def forward(
        self,
        input_ids=None,
        attention_mask=None,
        position_ids=None,
        past_key_values=None,
        inputs_embeds=None,
        use_cache=None,
        output_attentions=None,
        output_hidden_states=None,
        return_dict=None,
        cache=None,
        **others,
    ):
        """attention_mask [B,S] covers the tokens in past_key_values and the new ones; 0 is padding, on any side.

        `cache` is what transformers 5.24 and later call past_key_values.
        """
        if (input_ids is None) == (inputs_embeds is None):
            raise ValueError("pass either input_ids or inputs_embeds")
        if output_attentions:
            raise ValueError("output_attentions: recurrent layers have no attention matrix")
        if output_hidden_states is None:
            output_hidden_states = self.config.output_hidden_states
        x = self.embed_tokens(input_ids) if inputs_embeds is None else inputs_embeds  # [B,T,C]
        cache = self.prepare_cache(one_cache(past_key_values, cache), use_cache)
        B, T, past = *x.shape[:2], cache.num_tokens if cache is not None else 0
        if T == 0:
            raise ValueError(f"there are no new tokens, and {past} in the cache")
        check_arguments(others, past, T)
        real = real_tokens(attention_mask, B, past, T)  # [B,S] or None
        mask = self.softmax_mask(real, past, T, x.device)
        cos, sin = self.rope(token_positions(position_ids, real, B, past, T, x.device))

        real = None if real is None else real[:, past:]
        v_first, hidden_states = None, []
        for layer in self.layers:
            if output_hidden_states:
                hidden_states.append(x)
            if self.gradient_checkpointing and self.training and cache is None:
                x, v_first = self._gradient_checkpointing_func(layer.__call__, x, cos, sin, real, mask, v_first)
            else:
                x, v_first = layer(x, cos, sin, real, mask, v_first, past_key_values=cache)
        x = self.norm(x)
        if cache is not None:
            cache.num_tokens += T

        output = BaseModelOutputWithPast(
            last_hidden_state=x,
            hidden_states=(*hidden_states, x) if output_hidden_states else None,
            **{CACHE_NAME: cache},
        )
        return output if wants_dict(return_dict, self.config) else output.to_tuple()

    def prepare_cache(self, cache, use_cache):
        if cache is not None and not isinstance(cache, RadRwkvCache):
            raise TypeError(
                f"past_key_values is a {type(cache).__name__}, but a student has recurrent states: "
                "pass None, a RadRwkvCache(), or the past_key_values of an earlier call"
            )
        if cache is not None:
            return cache
        if self.gradient_checkpointing and self.training:
            return None
        if use_cache is None:
            use_cache = self.config.use_cache and not self.training
        return RadRwkvCache() if use_cache else None

    def softmax_mask(self, real, past, T, device):
        """Which of S tokens each of the T new ones sees, [B,1,T,S], or None for causal attention."""
        if not self.config.softmax_layers or (real is None and (past == 0 or T == 1)):
            return None
        position = torch.arange(past + T, device=device)
        mask = position <= position[past:, None]  # [T,S]
        if real is None:
            return mask[None, None]
        itself = position == position[past:, None]  # padding sees itself, since a softmax over nothing is NaN
        return (mask & real[:, None, None, :]) | itself

    def rope(self, positions):
        self.rope_frequencies = self.rope_frequencies.to(positions.device)
        angles = positions[..., None].float() * self.rope_frequencies  # [B or 1,T,N/2]
        return angles.cos(), angles.sin()


# GenerationMixin itself must be among the bases: transformers looks for it there.
class RadRwkvForCausalLM(RadRwkvPreTrainedModel, RadRwkvGeneration, GenerationMixin):
    _tied_weights_keys = ["lm_head.weight"] if BEFORE_5 else {"lm_head.weight": "model.embed_tokens.weight"}

    def __init__(self, config):
        super().__init__(config)
        self.model = RadRwkvModel(config)
        self.lm_head = nn.Linear(config.hidden_size, config.vocab_size, bias=False)
        self.post_init()

    def get_input_embeddings(self):
        return self.model.embed_tokens

    def set_input_embeddings(self, embeddings):
        self.model.embed_tokens = embeddings

    def get_output_embeddings(self):
        return self.lm_head

    def set_output_embeddings(self, embeddings):
        self.lm_head = embeddings

    def get_decoder(self):
        return self.model

    def forward(
        self,
        input_ids=None,
        attention_mask=None,
        position_ids=None,
        past_key_values=None,
        inputs_embeds=None,
        labels=None,
        use_cache=None,
        output_attentions=None,
        output_hidden_states=None,
        return_dict=None,
        logits_to_keep=0,
        cache=None,
        **others,
    ):
        """Logits [B,T,V], or of the last `logits_to_keep` tokens or the positions given; with labels, the loss.

        labels [B,T] are the input_ids themselves: the shift by one is done here. -100 is ignored.
        Other arguments: those of the loss, and what check_arguments() accepts.
        """
        loss_arguments = {name: others.pop(name) for name in LOSS_ARGUMENTS if others.get(name) is not None}
        output = self.model(
            input_ids=input_ids,
            attention_mask=attention_mask,
            position_ids=position_ids,
            past_key_values=past_key_values,
            inputs_embeds=inputs_embeds,
            use_cache=use_cache,
            output_attentions=output_attentions,
            output_hidden_states=output_hidden_states,
            return_dict=True,
            cache=cache,
            **others,
        )
        keep = slice(-logits_to_keep, None) if isinstance(logits_to_keep, int) else logits_to_keep
        logits = self.lm_head(output.last_hidden_state[:, keep])
        loss = None
        if labels is not None or "shift_labels" in loss_arguments:
            loss = self.loss_function(logits=logits, labels=labels, vocab_size=self.config.vocab_size, **loss_arguments)
        output = CausalLMOutputWithPast(
            loss=loss,
            logits=logits,
            hidden_states=output.hidden_states,
            **{CACHE_NAME: getattr(output, CACHE_NAME)},
        )
        return output if wants_dict(return_dict, self.config) else output.to_tuple()


def wants_dict(return_dict, config):
    return getattr(config, "return_dict", True) if return_dict is None else return_dict
