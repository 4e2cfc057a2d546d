"""generate() for students, for transformers 4.51 and later: what creates the cache, and prompts in pieces.

The hooks below are those that generate() calls on its model. Where a version lacks one, forward() makes the cache
at its first call, and everything works except prefill_chunk_size.
"""

import functools

import torch
from transformers import GenerationMixin

from .cache_rad_rwkv import CACHE_NAME, RadRwkvCache


class RadRwkvGeneration(GenerationMixin):
    @classmethod
    def _supports_default_dynamic_cache(cls):
        return False  # transformers' own caches hold keys and values alone

    @functools.wraps(GenerationMixin.generate)
    def generate(self, inputs=None, *arguments, **named):
        check_new_tokens(named.get("input_ids") if inputs is None else inputs, named)
        return super().generate(inputs, *arguments, **named)

    def _prepare_cache_for_generation(self, generation_config, model_kwargs, *arguments, **named):
        super()._prepare_cache_for_generation(generation_config, model_kwargs, *arguments, **named)
        if generation_config.use_cache is not False and model_kwargs.get(CACHE_NAME) is None:
            model_kwargs[CACHE_NAME] = RadRwkvCache()

    @functools.wraps(GenerationMixin.prepare_inputs_for_generation)
    def prepare_inputs_for_generation(self, *arguments, **named):
        """What forward() is given: not the tokenizers, which are for stop_strings and which transformers 5 passes on."""
        inputs = super().prepare_inputs_for_generation(*arguments, **named)
        return {name: value for name, value in inputs.items() if name not in ("tokenizer", "assistant_tokenizer")}

    def _prefill_chunking(self, input_ids, generation_config, **model_kwargs):
        """All tokens of the prompt but the last, in pieces (transformers before 5).

        Their own counts positions from 0, over padding and whatever is in the cache already.
        """
        cache = model_kwargs.get(CACHE_NAME)
        if cache is None:
            raise ValueError("prefill_chunk_size needs a cache: leave use_cache on")
        if input_ids.shape[1] == 0:
            raise ValueError("prefill_chunk_size needs input_ids: inputs_embeds are read all at once")
        last, size = input_ids.shape[1] - 1, generation_config.prefill_chunk_size
        mask, positions = model_kwargs.get("attention_mask"), model_kwargs.get("position_ids")
        for start in range(cache.num_tokens, last, size):
            piece = slice(start, min(start + size, last))
            self(
                input_ids[:, piece],
                attention_mask=None if mask is None else mask[:, : piece.stop],
                position_ids=None if positions is None else positions[:, piece],
                past_key_values=cache,
                logits_to_keep=1,
            )
        return model_kwargs | {"cache_position": torch.tensor([last], device=input_ids.device)}

    def _update_model_kwargs_for_generation(self, outputs, model_kwargs, *arguments, **named):
        """Position ids given by the caller continue with the tokens; older versions leave them as they are."""
        before = model_kwargs.get("position_ids")
        model_kwargs = super()._update_model_kwargs_for_generation(outputs, model_kwargs, *arguments, **named)
        if before is not None and model_kwargs["position_ids"].shape == before.shape:
            model_kwargs["position_ids"] = torch.cat([before, before[:, -1:] + 1], dim=1)
        return model_kwargs


def check_new_tokens(input_ids, named):
    """Refuses a continued generation without a new token, which some versions would read a second time."""
    cache = named.get("past_key_values") if named.get("cache") is None else named["cache"]
    if not isinstance(cache, RadRwkvCache) or not isinstance(input_ids, torch.Tensor):
        return
    mask = named.get("attention_mask")
    tokens = (input_ids if mask is None else mask).shape[1]  # a mask covers the whole sequence
    if tokens <= cache.num_tokens:
        raise ValueError(
            f"the cache has {cache.num_tokens} tokens and the sequence {tokens}: pass the whole sequence, "
            "with at least one token that is not in the cache"
        )
