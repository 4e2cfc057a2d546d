#include "io/parquet.h"

#include <gtest/gtest.h>

#include "core/error.h"
#include "io/file.h"
#include "support/temp_folder.h"

namespace radlads {
namespace {

using Json = nlohmann::ordered_json;

const std::filesystem::path kFolder = std::filesystem::path(RADLADS_SOURCE_DIR) / "tests/data/parquet";

std::string error_of(const std::filesystem::path& file) {
  try {
    read_parquet(file);
  } catch (const UserError& error) {
    return error.what();
  }
  return "";
}

TEST(Parquet, WithoutItTheBuildSaysHowToGetIt) {
  if (reads_parquet()) GTEST_SKIP() << "this build reads Parquet";
  const std::string error = error_of(kFolder / "rows.parquet");
  EXPECT_NE(error.find("rows.parquet"), std::string::npos) << error;
  EXPECT_NE(error.find("RADLADS_PARQUET"), std::string::npos) << error;
}

TEST(Parquet, RowsKeepTheirTypesAndOrder) {
  if (!reads_parquet()) GTEST_SKIP() << "this build does not read Parquet";
  const std::vector<Json> rows = read_parquet(kFolder / "rows.parquet");
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_EQ(
      rows[0].dump(),
      R"({"question":"Is it red?","choices":{"text":["yes","no"],"label":["A","B"]},"answer":1,"small":0,)"
      R"("score":0.5,"good":true,"word":"a"})");
  EXPECT_EQ(rows[1].dump(),
            R"({"question":"Ja – \"so\"?","choices":{"text":[],"label":null},"answer":-2,"small":255,)"
            R"("score":-1e+300,"good":false,"word":"b"})");
  EXPECT_EQ(
      rows[2].dump(),
      R"({"question":null,"choices":null,"answer":null,"small":null,"score":null,"good":null,"word":"a"})");
}

TEST(Parquet, WhatCannotBeReadIsNamed) {
  if (!reads_parquet()) GTEST_SKIP() << "this build does not read Parquet";
  EXPECT_NE(error_of(kFolder / "times.parquet").find("timestamp"), std::string::npos);
  const TempFolder folder;
  const std::filesystem::path cut = folder.path() / "cut.parquet";
  const std::string whole = read_text_file(kFolder / "rows.parquet");
  for (const size_t length : {size_t{0}, size_t{3}, whole.size() / 2, whole.size() - 1}) {
    write_text_file(cut, whole.substr(0, length));
    const std::string error = error_of(cut);
    EXPECT_NE(error.find("cut.parquet"), std::string::npos) << length;
    EXPECT_EQ(error.find('\n'), std::string::npos) << error;
  }
  EXPECT_NE(error_of(folder.path() / "none.parquet").find("none.parquet"), std::string::npos);
}

}  // namespace
}  // namespace radlads
