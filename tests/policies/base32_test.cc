#include "policies/base32.h"

#include <random>
#include <string>

#include <gtest/gtest.h>

namespace roomkeeper::policies {
namespace {

TEST(Base32, IsThatOfRfc4648WithoutPadding) {
  EXPECT_EQ(encode_base32(""), "");
  EXPECT_EQ(encode_base32("f"), "MY");
  EXPECT_EQ(encode_base32("fo"), "MZXQ");
  EXPECT_EQ(encode_base32("foo"), "MZXW6");
  EXPECT_EQ(encode_base32("foob"), "MZXW6YQ");
  EXPECT_EQ(encode_base32("fooba"), "MZXW6YTB");
  EXPECT_EQ(encode_base32("foobar"), "MZXW6YTBOI");
}

TEST(Base32, AnyBytesComeBack) {
  std::mt19937 random(7);
  for (std::size_t size = 0; size < 300; ++size) {
    std::string bytes;
    for (std::size_t i = 0; i < size; ++i)
      bytes += static_cast<char>(static_cast<unsigned char>(random()));
    const auto back = decode_base32(encode_base32(bytes));
    ASSERT_TRUE(back) << size;
    EXPECT_EQ(*back, bytes);
  }
}

TEST(Base32, OnlyWhatTheEncoderWritesIsRead) {
  // Lower case, padding, digits outside of the alphabet, bits left over, a digit too many.
  for (const char* text : {"my", "MY======", "M1", "M ", "MZ", "MZXR", "M", "MYA", "MZXW6Y"})
    EXPECT_FALSE(decode_base32(text)) << text;
}

}  // namespace
}  // namespace roomkeeper::policies
