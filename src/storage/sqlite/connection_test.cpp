#include "storage/sqlite/connection.h"

#include "storage/sqlite/reader_pool.h"
#include "storage/sqlite/temporary_directory.h"

#include <doctest/doctest.h>

#include <sys/stat.h>
#include <thread>

namespace traceway::sqlite {

namespace {

const Query kInsert{"test.insert",
                    "INSERT INTO things (id, amount, label, bytes) "
                    "VALUES (:id, :amount, :label, :bytes)",
                    {"id", "amount", "label", "bytes"},
                    {}};
const Query kAll{"test.all", "SELECT id, amount, label, bytes FROM things ORDER BY id", {}, {}};
/// Counts far past any deadline of these tests.
const Query kEndless{"test.endless",
                     "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < "
                     "1000000000) SELECT count(*) AS n FROM n",
                     {},
                     {}};

struct Fixture {
  TemporaryDirectory directory;
  std::unique_ptr<Connection> writer;

  explicit Fixture(Role role = Role::kMainWriter) {
    auto opened = Connection::open({directory.file("t.db"), role});
    REQUIRE(opened);
    writer = std::move(*opened);
    REQUIRE(
        writer->control("CREATE TABLE things (id INTEGER PRIMARY KEY, amount REAL, "
                        "label TEXT UNIQUE, bytes BLOB) STRICT"));
  }

  [[nodiscard]] Result<Rows> insert(std::int64_t id, Value label) const {
    return writer->run(kInsert,
                       {{"id", id}, {"amount", 1.5}, {"label", std::move(label)}, {"bytes", {}}});
  }
};

}  // namespace

TEST_CASE("connection: every kind of value comes back as it was bound") {
  const Fixture f;
  const std::string raw("\0\xFF\x01", 3);
  const std::string text = std::string("gr\xC3\xBC\xC3\x9F", 6) + std::string("\0x", 2);
  REQUIRE(f.writer->run(
      kInsert, {{"id", INT64_MIN}, {"amount", 0.1}, {"label", text}, {"bytes", Blob{raw}}}));
  REQUIRE(f.writer->run(kInsert,
                        {{"id", INT64_MAX}, {"amount", {}}, {"label", {}}, {"bytes", Blob{}}}));
  const auto rows = f.writer->run(kAll, {});
  REQUIRE(rows);
  REQUIRE(rows->size() == 2);
  const Row& first = rows->front();
  CHECK(first.integer("id") == INT64_MIN);
  CHECK(first.real("amount") == 0.1);
  CHECK(first.text("label") == text);
  CHECK(first.blob("bytes") == raw);
  const Row& second = rows->back();
  CHECK(second.integer("id") == INT64_MAX);
  CHECK(second.is_null("amount"));
  CHECK(second.is_null("label"));
  CHECK_FALSE(second.is_null("bytes"));
  CHECK(second.blob("bytes").empty());
  CHECK(second.find("no_such_column") == nullptr);
}

TEST_CASE("connection: uniqueness is a conflict, any other constraint a defect") {
  const Fixture f;
  REQUIRE(f.insert(1, std::string("a")));
  const auto same_label = f.insert(2, std::string("a"));
  REQUIRE_FALSE(same_label);
  CHECK(same_label.error().code == ErrorCode::kConflict);
  CHECK(write_failure(f.writer->last_result_code()).failure_class ==
        WriteFailureClass::kConstraint);
  const auto same_id = f.insert(1, std::string("b"));
  REQUIRE_FALSE(same_id);
  CHECK(same_id.error().code == ErrorCode::kConflict);
  const auto wrong_type = f.insert(3, Blob{"x"});
  REQUIRE_FALSE(wrong_type);
  CHECK(wrong_type.error().code == ErrorCode::kInternal);
  CHECK(wrong_type.error().detail.find("test.insert") != std::string::npos);
}

TEST_CASE("connection: a parameter that is not given or not listed is refused, never NULL") {
  const Fixture f;
  const auto missing = f.writer->run(kInsert, {{"id", std::int64_t{1}}});
  REQUIRE_FALSE(missing);
  CHECK(missing.error().code == ErrorCode::kInternal);
  const auto unlisted = f.writer->run({"test.unlisted", "SELECT :a AS a", {}, {}}, {});
  REQUIRE_FALSE(unlisted);
  const auto unknown = f.writer->run({"test.unknown", "SELECT :a AS a", {"a", "b"}, {}}, {});
  REQUIRE_FALSE(unknown);
}

TEST_CASE("connection: a reader cannot write") {
  const Fixture f;
  auto reader = Connection::open({f.directory.file("t.db"), Role::kReader});
  REQUIRE(reader);
  const auto refused = (*reader)->run(
      kInsert, {{"id", std::int64_t{1}}, {"amount", {}}, {"label", {}}, {"bytes", {}}});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::kUnavailable);
}

TEST_CASE("connection: a statement past its deadline is interrupted, the next one works") {
  const Fixture f;
  auto reader = Connection::open({f.directory.file("t.db"), Role::kReader, false, 20});
  REQUIRE(reader);
  (*reader)->arm_deadline();
  const auto late = (*reader)->run(kEndless, {});
  REQUIRE_FALSE(late);
  CHECK(late.error().code == ErrorCode::kUnavailable);
  CHECK(write_failure((*reader)->last_result_code()).failure_class == WriteFailureClass::kTimeout);
  (*reader)->arm_deadline(std::chrono::seconds(10));
  CHECK((*reader)->run(kAll, {}));
}

TEST_CASE("connection: a missing file is an error of its own, not an empty database") {
  const TemporaryDirectory directory;
  const auto opened = Connection::open({directory.file("none.db"), Role::kReader});
  REQUIRE_FALSE(opened);
  CHECK(opened.error().code == ErrorCode::kUnavailable);
  CHECK(opened.error().detail.find("none.db") != std::string::npos);
}

TEST_CASE("connection: the pragmas of each role are in force") {
  const Fixture main_file;
  CHECK(*main_file.writer->pragma("PRAGMA synchronous") == 2);
  CHECK(*main_file.writer->pragma("PRAGMA foreign_keys") == 1);
  CHECK(*main_file.writer->pragma("PRAGMA busy_timeout") == 5000);
  CHECK(*main_file.writer->pragma("PRAGMA temp_store") == 2);
  const Fixture telemetry(Role::kTelemetryWriter);
  CHECK(*telemetry.writer->pragma("PRAGMA synchronous") == 1);
  CHECK(*telemetry.writer->pragma("PRAGMA page_size") == 16384);
  CHECK(*telemetry.writer->pragma("PRAGMA auto_vacuum") == 2);
  CHECK(*telemetry.writer->pragma("PRAGMA secure_delete") == 0);
  CHECK(*telemetry.writer->pragma("PRAGMA wal_autocheckpoint") == 0);
  CHECK(*telemetry.writer->pragma("PRAGMA journal_size_limit") == 64 * 1024 * 1024);
  struct stat info{};
  REQUIRE(::stat(telemetry.directory.file("t.db").c_str(), &info) == 0);
  CHECK((info.st_mode & 0777U) == 0600U);
}

TEST_CASE("statement: steps by hand, and a second borrower gets one of its own") {
  const Fixture f;
  {
    auto insert = f.writer->statement(kInsert);
    REQUIRE(insert);
    for (int i = 0; i < 3; ++i) {
      const std::string label = "label " + std::to_string(i);
      insert->bind(0, std::int64_t{i}).bind(1, 0.5 * i).bind_text(2, label).bind_blob(3, {});
      const auto done = insert->step();
      REQUIRE(done);
      CHECK_FALSE(*done);
      insert->reset();
    }
    insert->bind(17, std::int64_t{1});
    const auto out_of_range = insert->step();
    REQUIRE_FALSE(out_of_range);
    CHECK(write_failure(f.writer->last_result_code()).failure_class ==
          WriteFailureClass::kConstraint);
  }
  auto outer = f.writer->statement(kAll);
  auto inner = f.writer->statement(kAll);
  REQUIRE(outer);
  REQUIRE(inner);
  REQUIRE(*outer->step());
  REQUIRE(*outer->step());
  REQUIRE(*inner->step());
  CHECK(outer->integer(0) == 1);
  CHECK(inner->integer(0) == 0);
  CHECK(outer->real(1) == 0.5);
  CHECK(outer->text(2) == "label 1");
  CHECK_FALSE(outer->is_null(3));
  CHECK(outer->blob(3).empty());
  CHECK(f.writer->run(kAll, {})->size() == 3);
}

TEST_CASE("connection: a backup is whole and private") {
  const Fixture f;
  REQUIRE(f.insert(1, std::string("kept")));
  const std::string path = f.directory.file("copy.db");
  REQUIRE(f.writer->backup_to(path));
  auto copy = Connection::open({path, Role::kReader});
  REQUIRE(copy);
  CHECK((*copy)->run(kAll, {})->front().text("label") == "kept");
  struct stat info{};
  REQUIRE(::stat(path.c_str(), &info) == 0);
  CHECK((info.st_mode & 0777U) == 0600U);
}

TEST_CASE("reader pool: at most its size at once; a waiter gets the one given back") {
  const Fixture f;
  ReaderPool pool({f.directory.file("t.db"), Role::kReader}, 2);
  auto first = pool.lease();
  std::optional<Lease> second;
  {
    auto leased = pool.lease();
    REQUIRE(leased);
    second.emplace(std::move(*leased));
  }
  REQUIRE(first);
  const auto none = pool.lease(std::chrono::milliseconds(5));
  REQUIRE_FALSE(none);
  CHECK(none.error().code == ErrorCode::kUnavailable);
  std::jthread returns([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    second.reset();
  });
  CHECK(pool.lease(std::chrono::seconds(10)));
}

TEST_CASE("reader pool: a failed open gives its place back") {
  const TemporaryDirectory directory;
  ReaderPool pool({directory.file("none.db"), Role::kReader}, 1);
  CHECK_FALSE(pool.lease());
  CHECK_FALSE(pool.lease(std::chrono::milliseconds(1)));
  REQUIRE(Connection::open({directory.file("none.db"), Role::kMainWriter}));
  CHECK(pool.lease());
}

}  // namespace traceway::sqlite
