#include "io/parquet.h"

#include <arrow/api.h>
#include <arrow/io/file.h>
#include <parquet/arrow/reader.h>

#include "core/error.h"
#include "io/printable.h"

namespace radlads {
namespace {

using Json = nlohmann::ordered_json;

[[noreturn]] void refuse(const std::filesystem::path& file, const std::string& what) {
  // Arrow's messages may have several lines.
  fail("[read_parquet] {}: {}", file.string(), what.substr(0, what.find('\n')));
}

template <class Value>
Value checked(arrow::Result<Value> result, const std::filesystem::path& file) {
  if (!result.ok()) refuse(file, result.status().message());
  return std::move(result).ValueUnsafe();
}

template <class Array>
auto number_at(const arrow::Array& array, int64_t row) {
  return static_cast<const Array&>(array).Value(row);
}

template <class Array>
Json text_at(const arrow::Array& array, int64_t row) {
  return std::string(static_cast<const Array&>(array).GetView(row));
}

Json value_at(const arrow::Array& array, int64_t row, const std::filesystem::path& file);

template <class Array>
Json list_at(const arrow::Array& array, int64_t row, const std::filesystem::path& file) {
  const auto& lists = static_cast<const Array&>(array);
  Json items = Json::array();
  for (int64_t i = 0; i < lists.value_length(row); ++i)
    items.push_back(value_at(*lists.values(), lists.value_offset(row) + i, file));
  return items;
}

Json struct_at(const arrow::StructArray& structs, int64_t row, const std::filesystem::path& file) {
  Json fields = Json::object();
  for (int i = 0; i < structs.num_fields(); ++i)
    fields[structs.type()->field(i)->name()] = value_at(*structs.field(i), row, file);
  return fields;
}

Json value_at(const arrow::Array& array, int64_t row, const std::filesystem::path& file) {
  if (array.IsNull(row)) return nullptr;
  switch (array.type_id()) {
    case arrow::Type::NA:
      return nullptr;
    case arrow::Type::BOOL:
      return number_at<arrow::BooleanArray>(array, row);
    case arrow::Type::INT8:
      return number_at<arrow::Int8Array>(array, row);
    case arrow::Type::INT16:
      return number_at<arrow::Int16Array>(array, row);
    case arrow::Type::INT32:
      return number_at<arrow::Int32Array>(array, row);
    case arrow::Type::INT64:
      return number_at<arrow::Int64Array>(array, row);
    case arrow::Type::UINT8:
      return number_at<arrow::UInt8Array>(array, row);
    case arrow::Type::UINT16:
      return number_at<arrow::UInt16Array>(array, row);
    case arrow::Type::UINT32:
      return number_at<arrow::UInt32Array>(array, row);
    case arrow::Type::UINT64:
      return number_at<arrow::UInt64Array>(array, row);
    case arrow::Type::FLOAT:
      return number_at<arrow::FloatArray>(array, row);
    case arrow::Type::DOUBLE:
      return number_at<arrow::DoubleArray>(array, row);
    case arrow::Type::STRING:
      return text_at<arrow::StringArray>(array, row);
    case arrow::Type::LARGE_STRING:
      return text_at<arrow::LargeStringArray>(array, row);
    case arrow::Type::LIST:
      return list_at<arrow::ListArray>(array, row, file);
    case arrow::Type::LARGE_LIST:
      return list_at<arrow::LargeListArray>(array, row, file);
    case arrow::Type::FIXED_SIZE_LIST:
      return list_at<arrow::FixedSizeListArray>(array, row, file);
    case arrow::Type::STRUCT:
      return struct_at(static_cast<const arrow::StructArray&>(array), row, file);
    case arrow::Type::DICTIONARY: {
      const auto& words = static_cast<const arrow::DictionaryArray&>(array);
      return value_at(*words.dictionary(), words.GetValueIndex(row), file);
    }
    default:
      refuse(file, "values of the type " + array.type()->ToString() + " cannot be read");
  }
}

std::unique_ptr<parquet::arrow::FileReader> open(const std::filesystem::path& file) {
  const auto source = checked(arrow::io::ReadableFile::Open(file.string()), file);
  return checked(parquet::arrow::OpenFile(source, arrow::default_memory_pool()), file);
}

void check(const arrow::Status& status, const std::filesystem::path& file) {
  if (!status.ok()) refuse(file, status.message());
}

/// The index of a column among the file's, each of which has one type.
int column_of_texts(parquet::arrow::FileReader& reader, const std::string& name,
                    const std::filesystem::path& file) {
  const auto& schema = *reader.parquet_reader()->metadata()->schema();
  const int column = schema.ColumnIndex(name);
  if (column >= 0) return column;
  std::string names;
  for (int i = 0; i < schema.num_columns(); ++i)
    names += (i > 0 ? ", " : "") + in_quotes(schema.Column(i)->path()->ToDotString());
  refuse(file,
         fmt::format("has no text column {}; it has {}: choose one with --text_key", in_quotes(name), names));
}

}  // namespace

bool reads_parquet() { return true; }

void check_reads_parquet(const std::filesystem::path& /*file*/) {}

std::vector<nlohmann::ordered_json> read_parquet(const std::filesystem::path& file) {
  const auto reader = open(file);
  std::shared_ptr<arrow::Table> table;
  check(reader->ReadTable(&table), file);
  check(table->ValidateFull(),
        file);  // damage that the reader does not notice would be read beyond its memory
  std::vector<Json> rows(static_cast<size_t>(table->num_rows()), Json::object());
  for (int column = 0; column < table->num_columns(); ++column) {
    const std::string& name = table->field(column)->name();
    size_t row = 0;
    for (const auto& chunk : table->column(column)->chunks()) {
      for (int64_t i = 0; i < chunk->length(); ++i) rows[row++][name] = value_at(*chunk, i, file);
    }
  }
  return rows;
}

bool for_each_text_of_column(const std::filesystem::path& file, const std::string& column,
                             const std::function<bool(std::optional<std::string_view>)>& text) {
  const auto reader = open(file);
  const int index = column_of_texts(*reader, column, file);
  for (int group = 0; group < reader->num_row_groups(); ++group) {
    std::shared_ptr<arrow::Table> table;
    check(reader->ReadRowGroup(group, {index}, &table), file);
    check(table->ValidateFull(), file);
    for (const auto& chunk : table->column(0)->chunks()) {
      for (int64_t i = 0; i < chunk->length(); ++i) {
        const Json value = value_at(*chunk, i, file);
        if (!value.is_null() && !value.is_string())
          refuse(file,
                 fmt::format("column {} has {}, not text", in_quotes(column), chunk->type()->ToString()));
        const bool goes_on = value.is_null() ? text(std::nullopt) : text(value.get_ref<const std::string&>());
        if (!goes_on) return false;
      }
    }
  }
  return true;
}

}  // namespace radlads
