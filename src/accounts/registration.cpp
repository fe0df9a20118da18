#include "accounts/registration.h"

#include "app/config.h"
#include "base/crypto.h"
#include "base/text.h"
#include "base/timezone.h"

#include <algorithm>

namespace traceway::accounts {

namespace {

constexpr std::size_t kMinPasswordCharacters = 8;
constexpr std::size_t kMaxEmailBytes = 254;

std::size_t count_characters(std::string_view utf8) {
  return static_cast<std::size_t>(std::ranges::count_if(
      utf8, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

Result<void> check_shape(const RegisterRequest& wanted) {
  for (const std::string* one : {&wanted.name, &wanted.organization_name, &wanted.timezone,
                                 &wanted.project_name, &wanted.framework}) {
    if (text::trim(*one).empty()) return fail(ErrorCode::kMalformed, "Invalid request body");
  }
  if (!is_email(text::trim(wanted.email)) || !is_password(wanted.password)) {
    return fail(ErrorCode::kMalformed, "Invalid request body");
  }
  return {};
}

/// Whether this address may register now. Asked twice: before the work of hashing, and in the
/// transaction that counts.
Result<void> check_open(Tx& tx, const Config& config, std::string_view email) {
  if (!config.cloud_mode) {
    const auto rows = tx.run("accounts.has_organizations", {});
    if (!rows) return fail(rows);
    if (rows->front().integer("has_organizations") != 0) {
      return fail(ErrorCode::kConflict,
                  "You already have an Organization registered. Please use login.");
    }
  }
  const auto taken = tx.run("accounts.user_by_email", {{"email", to_value(email)}});
  if (!taken) return fail(taken);
  if (!taken->empty()) return fail(ErrorCode::kConflict, "Email already exists");
  return {};
}

/// A rule of the product, with the status a registration answers: the page shows any text, but
/// expects 400.
Result<void> as_malformed(Result<void> checked) {
  if (checked) return checked;
  return fail(ErrorCode::kMalformed, checked.error().message);
}

Result<void> check_rules(const ProjectRegistry& projects, const RegisterRequest& wanted) {
  if (auto ok = as_malformed(projects.check_framework(wanted.framework)); !ok) return ok;
  if (auto ok = as_malformed(projects.check_name(wanted.project_name)); !ok) return ok;
  if (!is_timezone(wanted.timezone)) return fail(ErrorCode::kMalformed, "Invalid timezone");
  return {};
}

Result<std::int64_t> inserted_id(Tx& tx, std::string_view query_name, const Params& params) {
  const auto rows = tx.run(query_name, params);
  if (!rows) return fail(rows);
  return rows->front().integer("id");
}

struct Prepared {
  RegisterRequest wanted;
  std::string password_hash;
  std::int64_t now_ns = 0;
};

Result<LoginResponse> insert_all(Tx& tx, const ProjectRegistry& projects, const Prepared& all) {
  const RegisterRequest& wanted = all.wanted;
  const auto user_id = inserted_id(tx, "accounts.insert_user",
                                   {{"email", wanted.email},
                                    {"name", wanted.name},
                                    {"password", all.password_hash},
                                    {"now", all.now_ns}});
  if (!user_id) return fail(user_id);
  const auto organization_id = inserted_id(
      tx, "accounts.insert_organization",
      {{"name", wanted.organization_name}, {"timezone", wanted.timezone}, {"now", all.now_ns}});
  if (!organization_id) return fail(organization_id);
  const auto member = tx.run("accounts.insert_membership", {{"user_id", *user_id},
                                                            {"organization_id", *organization_id},
                                                            {"role", to_value("owner")},
                                                            {"now", all.now_ns}});
  if (!member) return fail(member);
  auto project = projects.create(tx, {*organization_id, wanted.project_name, wanted.framework});
  if (!project) return fail(project);

  LoginResponse out;
  out.user = {*user_id, wanted.email, wanted.name, {all.now_ns}};
  out.projects.push_back(std::move(*project));
  out.organizations = {{*organization_id, wanted.organization_name, "owner", wanted.timezone}};
  return out;
}

}  // namespace

bool is_password(std::string_view password) {
  return count_characters(password) >= kMinPasswordCharacters;
}

bool is_email(std::string_view email) {
  const std::size_t at = email.find('@');
  if (at == std::string_view::npos || at == 0 || at + 1 == email.size() ||
      email.size() > kMaxEmailBytes || email.find('@', at + 1) != std::string_view::npos) {
    return false;
  }
  const std::string_view domain = email.substr(at + 1);
  if (domain.front() == '.' || domain.back() == '.' ||
      domain.find("..") != std::string_view::npos) {
    return false;
  }
  return std::ranges::none_of(email, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte <= ' ' || byte == 0x7F || c == '<' || c == '>' || c == '"' || c == ',' || c == ';';
  });
}

Result<LoginResponse> register_account(Accounts& accounts, const RegisterRequest& wanted,
                                       const std::string& backend_url) {
  const Dependencies& uses = accounts.uses();
  if (auto ok = check_shape(wanted); !ok) return fail(ok);
  Prepared all{wanted, {}, uses.clock.now_ns()};
  all.wanted.email = text::trim(wanted.email);
  const auto open =
      uses.main.read([&](Tx& tx) { return check_open(tx, uses.config, all.wanted.email); });
  if (!open) return fail(open);
  if (auto ok = check_rules(uses.projects, wanted); !ok) return fail(ok);

  // Hashing takes tens of milliseconds: never inside the write transaction.
  all.password_hash = crypto::hash_password(wanted.password);
  auto registered = uses.main.write([&](Tx& tx) -> Result<LoginResponse> {
    if (auto still = check_open(tx, uses.config, all.wanted.email); !still) return fail(still);
    return insert_all(tx, uses.projects, all);
  });
  if (!registered) return registered;

  Project& first = registered->projects.front();
  uses.projects.announce(first);
  first = uses.projects.shown_to(std::move(first), "owner", backend_url);
  registered->project = first;
  registered->token = accounts.issue_token(registered->user.id, registered->user.email);
  return registered;
}

}  // namespace traceway::accounts
