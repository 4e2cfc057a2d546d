// Models by what users call them: a folder, a name of the Hugging Face hub, or a place in the hub's cache.
//
// The cache, as `hf download` and transformers leave it:
//   HUB/models--ORG--NAME/refs/main                      the commit that is current
//   HUB/models--ORG--NAME/snapshots/COMMIT/config.json   links into ../../blobs
// HUB is $HF_HUB_CACHE, or $HF_HOME/hub, or $XDG_CACHE_HOME/huggingface/hub, or ~/.cache/huggingface/hub.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace radlads {

/// Whether a text has the form ORG/NAME (like names of models on the hub). A relative path of two names has
/// it too.
bool is_hub_name(std::string_view text);

/// "ORG/NAME" for a folder in (any copy of) the hub's cache, "" for any other.
std::string hub_name(const std::filesystem::path& folder);

/// The folder of the model that a user gave: an existing folder or file as it is, a model's place in the
/// cache (models--ORG--NAME) as its current snapshot, and a name that is not a path here (ORG/NAME) as the
/// current snapshot in the cache. UserError that says what to give instead, or how to download it: for a
/// cache of several models, a name that is not there, and a snapshot with broken links.
std::filesystem::path find_model_folder(const std::filesystem::path& given);

}  // namespace radlads
