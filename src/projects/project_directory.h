// Every project in memory, by id and by token, so that ingest never asks the database.
#pragma once

#include "base/id.h"
#include "model/project.h"

#include <functional>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>

namespace traceway::projects {

/// Thread-safe. Writers hold the lock for a few map operations, never during I/O.
class MemoryDirectory final : public ProjectDirectory {
 public:
  /// Adds the project or replaces what was known of it; an earlier token stops working.
  void put(const Project& project);
  [[nodiscard]] std::shared_ptr<const ProjectSettings> find(const Uuid& project) const override;
  [[nodiscard]] std::optional<Uuid> find_by_token(std::string_view token) const;

 private:
  struct TokenHash {
    using is_transparent = void;

    std::size_t operator()(std::string_view token) const noexcept {
      return std::hash<std::string_view>{}(token);
    }
  };

  struct Entry {
    std::shared_ptr<const ProjectSettings> settings;
    std::string token;
  };

  mutable std::shared_mutex mutex_;  // guards by_id_, by_token_
  std::unordered_map<Uuid, Entry> by_id_;
  std::unordered_map<std::string, Uuid, TokenHash, std::equal_to<>> by_token_;
};

}  // namespace traceway::projects
