#include "faults/main_world.h"

#include "storage/sqlite/batch_for_test.h"
#include "storage/sqlite/main_db.h"

namespace traceway::faults {

namespace {

std::string name_of(std::uint64_t person) {
  return "person" + std::to_string(person);
}

Result<std::int64_t> inserted(Tx& tx, std::string_view query_name, const Params& params) {
  const auto rows = tx.run(query_name, params);
  if (!rows) return fail(rows);
  return rows->front().integer("id");
}

Result<void> insert_all(Tx& tx, std::uint64_t person, std::int64_t now_ns) {
  const std::string name = name_of(person);
  const auto user =
      inserted(tx, "accounts.insert_user",
               {{"email", name}, {"name", name}, {"password", to_value("hash")}, {"now", now_ns}});
  if (!user) return fail(user);
  const auto organization =
      inserted(tx, "accounts.insert_organization",
               {{"name", name}, {"timezone", to_value("UTC")}, {"now", now_ns}});
  if (!organization) return fail(organization);
  const auto member = tx.run("accounts.insert_membership", {{"user_id", *user},
                                                            {"organization_id", *organization},
                                                            {"role", to_value("owner")},
                                                            {"now", now_ns}});
  if (!member) return fail(member);
  const auto project =
      tx.run("projects.insert", {{"id", to_value(sqlite::BatchBuilder::id_of(person))},
                                 {"organization_id", *organization},
                                 {"name", name},
                                 {"token", name},
                                 {"framework", to_value("custom")},
                                 {"created_at", now_ns}});
  if (!project) return fail(project);
  return {};
}

}  // namespace

MainWorld::MainWorld(const MainWorld& other) : notes(other.notes) {
  copy_files(other.directory_.path(), directory_.path());
}

Result<void> MainWorld::open() {
  auto opened = sqlite::open_main_db({path(), directory_.file("backups")}, clock_);
  if (!opened) return fail(opened);
  db_ = std::move(*opened);
  return {};
}

Result<void> MainWorld::sign_up(std::uint64_t person) {
  notes.attempted.insert(person);
  auto done =
      db_->write([&](Tx& tx) -> Result<void> { return insert_all(tx, person, clock_.now_ns()); });
  if (!done && done.error().code != ErrorCode::kConflict) return done;
  notes.acknowledged.insert(person);
  return {};
}

Result<void> MainWorld::retry() {
  for (const std::uint64_t person : std::set(notes.attempted)) {
    if (notes.acknowledged.contains(person)) continue;
    if (auto done = sign_up(person); !done) return done;
  }
  return {};
}

Result<std::size_t> MainWorld::projects() {
  const auto rows = db_->read([](Tx& tx) { return tx.run("projects.all", {}); });
  if (!rows) return fail(rows);
  return rows->size();
}

Problems MainWorld::problems() {
  if (!is_open()) {
    if (const auto opened = open(); !opened)
      return {"it does not open: " + opened.error().message + " / " + opened.error().detail};
  }
  Problems out;
  const RawFile file(path());
  for (const std::uint64_t person : notes.attempted) {
    const std::string name = "'" + name_of(person) + "'";
    const std::string found =
        file.ask("SELECT (SELECT count(*) FROM users WHERE email = " + name +
                 ") || (SELECT count(*) FROM organizations WHERE name = " + name +
                 ") || (SELECT count(*) FROM organization_users m JOIN users u ON u.id = m.user_id "
                 "WHERE u.email = " +
                 name + ") || (SELECT count(*) FROM projects WHERE token = " + name + ")");
    const bool is_whole = found == "1111";
    const bool is_absent = found == "0000";
    if (!is_whole && (!is_absent || notes.acknowledged.contains(person)))
      out.push_back(name_of(person) + " has rows: " + found);
  }
  file.expect("PRAGMA integrity_check", "ok", out);
  file.expect("PRAGMA foreign_key_check", "no row", out);
  file.expect("PRAGMA journal_mode", "wal", out);
  return out;
}

}  // namespace traceway::faults
