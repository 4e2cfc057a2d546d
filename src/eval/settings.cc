#include "eval/settings.h"

namespace radlads::eval {

Json EvalSettings::to_json() const {
  Json json = {{"num_fewshot", nullptr},
               {"limit", nullptr},
               {"fewshot_seed", seed},
               {"gen_kwargs", generation},
               {"apply_chat_template", apply_chat_template},
               {"system_instruction", system_instruction},
               {"fewshot_as_multiturn", fewshot_as_multiturn}};
  if (num_fewshot) json["num_fewshot"] = *num_fewshot;
  if (limit) json["limit"] = *limit;
  if (max_length) json["max_length"] = *max_length;
  if (apply_chat_template)
    json["template_date"] = template_date ? template_date->text() : LocalTime::now().format("%Y-%m-%d");
  return json;
}

}  // namespace radlads::eval
