#include "text/jinja/filters.h"

#include "text/case_mapping.h"
#include "text/jinja/access.h"

namespace radlads::jinja {

const Filter* find_filter(std::string_view name) {
  for (const auto filters : {text_filters(), layout_filters(), html_filters(), number_filters(),
                             sequence_filters(), grouping_filters(), order_filters(), selection_filters()}) {
    for (const Filter& filter : filters) {
      if (filter.name == name) return &filter;
    }
  }
  return nullptr;
}

Value field_for(const Site& site, const Value& item, const Value* attribute) {
  return attribute == nullptr || attribute->is_none() ? item : field_at(site, item, *attribute);
}

Value without_case(const Site& site, const Value& value) {
  if (value.text() == nullptr) return value;
  site.spend(value.text()->size());
  return text::to_lower(*value.text());
}

}  // namespace radlads::jinja
