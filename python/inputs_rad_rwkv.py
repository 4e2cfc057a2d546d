"""The arguments that a student's forward() accepts; one that it cannot honor is an error.

Versions of transformers name and add arguments differently. An ignored one would silently give other results
than its caller asked for: so only None is ignored.

B batch, T new tokens, S = past + T all tokens, those in the cache included.
"""

import torch

PACKED = "documents packed into one row would share a state: give each a row of its own, padded, with attention_mask"
REMEDIES = {
    "cache_params": "pass the cache as past_key_values",
    "cu_seq_lens_k": PACKED,
    "cu_seq_lens_q": PACKED,
    "max_length_k": PACKED,
    "max_length_q": PACKED,
    "seq_idx": PACKED,
    "num_logits_to_keep": "it is called logits_to_keep",
    "token_type_ids": "there are no token types; only zeros are accepted",
}


def one_cache(past_key_values, cache):
    """The cache, under whichever of its two names it was given."""
    if past_key_values is not None and cache is not None and cache is not past_key_values:
        raise TypeError("past_key_values and cache are two names of one argument: pass either")
    return cache if past_key_values is None else past_key_values


def check_arguments(arguments, past, T):
    """Refuses what forward() does not support. cache_position [T] and token_type_ids [B,T] may state what is true anyway."""
    for name, value in arguments.items():
        if value is None or (name == "token_type_ids" and not value.any()):
            continue
        if name == "cache_position":
            if not torch.equal(value, torch.arange(past, past + T, device=value.device, dtype=value.dtype)):
                raise ValueError(
                    f"cache_position must be {past} to {past + T - 1}, for {past} tokens in the cache and {T} new: "
                    "a state is read in order"
                )
            continue
        remedy = REMEDIES.get(name, "leave it out")
        raise TypeError(f"{name}: a student's forward() has no such argument; {remedy}")


def real_tokens(attention_mask, B, past, T):
    """Which of the S tokens are not padding, [B,S], or None if none are padding."""
    if attention_mask is None:
        return None
    shape = list(attention_mask.shape) if isinstance(attention_mask, torch.Tensor) else type(attention_mask).__name__
    if shape != [B, past + T]:
        raise ValueError(
            f"attention_mask must be [{B}, {past + T}], for {past} tokens in the cache and {T} new, not {shape}"
        )
    real = attention_mask.bool()
    if not torch.equal(real.to(attention_mask.dtype), attention_mask):
        raise ValueError("attention_mask must be 1 where a token is real and 0 where it is padding")
    return None if real.all() else real


def token_positions(position_ids, real, B, past, T, device):
    """The new tokens' positions for RoPE, [B or 1,T]: as given, or counted from the first token that is not padding."""
    if position_ids is None:
        if real is None:
            return torch.arange(past, past + T, device=device)[None]
        return (real.long().cumsum(-1) - 1).clamp(min=0)[:, past:]
    if position_ids.dim() != 2 or position_ids.shape[0] not in (1, B) or position_ids.shape[1] != T:
        raise ValueError(f"position_ids must be [{B}, {T}], one for each new token, not {list(position_ids.shape)}")
    back = position_ids[:, 1:] <= position_ids[:, :-1]  # [B or 1,T-1]
    if real is not None:
        back = back & real[:, past + 1 :] & real[:, past:-1]
    if back.any():
        raise ValueError(f"position_ids must grow from token to token: {PACKED}")
    return position_ids.to(device)
