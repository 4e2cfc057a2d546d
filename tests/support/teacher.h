// Models for tests: the teacher that ships with the project, and tiny random ones.
#pragma once

#include <filesystem>
#include <functional>
#include <span>
#include <string>

#include "model/config.h"

namespace radlads {

/// The shipped teacher: assets/teacher.
std::filesystem::path shipped_teacher();

/// config.json of a softmax model of a few thousand parameters: 3 layers, width 32, 4 heads of 8, 2 for keys
/// and values.
std::string tiny_config(const std::string& model_type = "qwen2", bool tied = false);

/// Writes a random model of that config into a folder (made if need be), with lively weights and the shipped
/// tokenizer.
void write_tiny_model(const std::filesystem::path& folder, const std::string& config, uint64_t seed = 1);

/// The same for RWKV-7 "Goose": 2 layers, width 128, 2 heads of 64, ranks 8, 6, 5 and 10.
void write_tiny_goose(const std::filesystem::path& folder, uint64_t seed = 1);

/// Writes the untrained student of a teacher folder: random where the protocol starts from zeros, so that
/// everything takes part.
void write_tiny_student(const std::filesystem::path& folder, const std::filesystem::path& teacher,
                        const MixerSpec& mixer, const MixerOptions& options,
                        const std::vector<int64_t>& softmax_layers = {});

/// Writes a model with the tensors of another after `change` has seen them, in the other's dtype.
void write_changed_model(const std::filesystem::path& folder, const std::filesystem::path& model,
                         const std::function<void(const std::string& name, std::span<float> values)>& change);

}  // namespace radlads
