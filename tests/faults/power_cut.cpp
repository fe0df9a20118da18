#include "faults/power_cut.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>

namespace traceway::faults {

namespace {

constexpr std::size_t kSector = 512;

std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void overwrite(std::string& content, std::size_t offset, std::string_view data) {
  if (content.size() < offset + data.size()) content.resize(offset + data.size(), '\0');
  content.replace(offset, data.size(), data);
}

}  // namespace

void restore(const Image& image, const std::string& directory) {
  for (const auto& [name, content] : image) {
    std::ofstream(directory + "/" + name, std::ios::binary | std::ios::trunc) << content;
  }
}

PowerCut::PowerCut(std::string directory, std::mt19937_64& random, unsigned every,
                   std::function<void(PowerCut&)> now_and_then)
    : directory_(std::move(directory)),
      random_(random),
      every_(every),
      now_and_then_(std::move(now_and_then)) {
  for (const auto& entry : std::filesystem::directory_iterator(directory_)) {
    if (!entry.is_regular_file()) continue;
    auto file = std::make_shared<File>();
    file->synced = read_file(entry.path());
    names_[entry.path().filename()] = {std::move(file)};
  }
}

std::string PowerCut::name_of(const CallInfo& call) const {
  if (call.path.size() <= directory_.size() + 1 || !call.path.starts_with(directory_)) return {};
  const std::string_view name = call.path.substr(directory_.size() + 1);
  return name.find('/') == std::string_view::npos ? std::string(name) : std::string();
}

Verdict PowerCut::before(const CallInfo& call) {
  if (call.call != Call::kAllocate && random_() % every_ == 0) now_and_then_(*this);
  return {};
}

void PowerCut::after(const CallInfo& call) {
  const std::string name = name_of(call);
  if (name.empty()) return;
  if (call.call == Call::kOpen) return opened(name, call.is_journal);
  States& states = names_[name];
  if (call.call == Call::kDelete) {
    states.emplace_back();
    return;
  }
  if (states.empty() || !states.back()) return;
  File& file = *states.back();
  if (call.call == Call::kWrite) file.pending.push_back({call.offset, std::string(call.data)});
  if (call.call == Call::kTruncate) file.pending.push_back({call.offset, {}, true});
  if (call.call == Call::kSync) synced(file);
}

void PowerCut::opened(const std::string& name, bool is_journal) {
  States& states = names_[name];
  if (states.empty()) states.emplace_back();  // what has never been there may not be there
  if (states.back()) return;
  states.push_back(std::make_shared<File>());
  states.back()->is_new_journal = is_journal;
}

void PowerCut::synced(File& file) {
  file.synced = content_of(file, Mercy::kPrefix);
  file.pending.clear();
  if (!std::exchange(file.is_new_journal, false)) return;
  for (auto& [name, states] : names_) states = {states.back()};
}

void PowerCut::apply_torn(const Change& change, std::string& to) {
  const auto offset = static_cast<std::size_t>(change.offset);
  for (std::size_t at = 0; at < change.data.size();) {
    const std::size_t end = std::min(change.data.size(), at + kSector - (offset + at) % kSector);
    if (random_() % 2 == 0) {
      overwrite(to, offset + at, std::string_view(change.data).substr(at, end - at));
    }
    at = end;
  }
}

std::string PowerCut::content_of(const File& file, Mercy mercy) {
  std::string out = file.synced;
  for (const Change& change : file.pending) {
    if (mercy == Mercy::kNothing) break;
    if (mercy != Mercy::kPrefix && random_() % 2 == 0) continue;
    if (change.is_truncation) {
      out.resize(static_cast<std::size_t>(change.offset), '\0');
    } else if (mercy == Mercy::kSectors) {
      apply_torn(change, out);
    } else {
      overwrite(out, static_cast<std::size_t>(change.offset), change.data);
    }
  }
  return out;
}

Image PowerCut::cut() {
  Image image;
  for (auto& [name, states] : names_) {
    const auto& state = states[random_() % states.size()];
    if (!state) continue;
    const auto mercy = static_cast<Mercy>(random_() % 4);
    if (mercy != Mercy::kPrefix) {
      image[name] = content_of(*state, mercy);
      continue;
    }
    File beginning = *state;
    beginning.pending.resize(random_() % (state->pending.size() + 1));
    image[name] = content_of(beginning, mercy);
  }
  return image;
}

}  // namespace traceway::faults
