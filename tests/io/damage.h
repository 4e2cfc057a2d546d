// Seeded random damage, as from a broken download or an attacker.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/random.h"

namespace radlads {

/// A copy of `bytes` with one to three edits: a flipped bit, a random byte, an extreme 8-byte integer, a
/// changed or added digit, a piece removed, doubled or moved elsewhere, or everything after a point cut off.
std::string damaged(std::string_view bytes, Random& random);

}  // namespace radlads
