#include "core/sha256.h"

#include <gtest/gtest.h>

namespace radlads {
namespace {

// Messages and digests of NIST's examples for FIPS 180-4, and of NESSIE's for the empty message.
TEST(Sha256, GivesTheDigestsOfTheStandard) {
  EXPECT_EQ(sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256_hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(sha256_hex(std::string(1'000'000, 'a')),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

// sha256("".join(sha256(b"x" * n).hexdigest() for n in range(200)).encode()).hexdigest()
TEST(Sha256, PadsEveryLength) {
  std::string digests;
  for (size_t n = 0; n < 200; ++n) digests += sha256_hex(std::string(n, 'x'));
  EXPECT_EQ(sha256_hex(digests), "f61ffcc417e1f0e59eba2da7fa32fbe05b64e478b68c6bacf990455f00248b98");
}

TEST(Sha256, PiecesMakeTheWhole) {
  const std::string text(1000, 'q');
  for (const size_t piece : {1, 7, 63, 64, 65, 500}) {
    Sha256 digest;
    for (size_t begin = 0; begin < text.size(); begin += piece) {
      digest.update(text.substr(begin, piece));
      digest.hex();
    }
    EXPECT_EQ(digest.hex(), sha256_hex(text)) << piece;
  }
}

}  // namespace
}  // namespace radlads
