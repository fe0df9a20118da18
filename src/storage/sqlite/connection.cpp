#include "storage/sqlite/connection.h"

#include "storage/sqlite/functions.h"

#include <SQLiteCpp/Backup.h>
#include <SQLiteCpp/Column.h>
#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Exception.h>
#include <SQLiteCpp/Statement.h>
#include <sqlite3.h>

#include <cstdio>
#include <fcntl.h>
#include <unistd.h>
#include <unordered_map>

namespace traceway::sqlite {

namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr int kBusyTimeoutMs = 5000;
/// Virtual-machine steps between two looks at the deadline: some tens of microseconds.
constexpr int kStepsPerDeadlineCheck = 4000;

/// SQLiteCpp knows the extended code only where it asked the connection.
int code_of(const SQLite::Exception& thrown) {
  const int extended = thrown.getExtendedErrorCode();
  return extended >= 0 ? extended : thrown.getErrorCode();
}

tl::unexpected<Error> failure(const SQLite::Exception& thrown, int& last_code) {
  last_code = code_of(thrown);
  return tl::unexpected<Error>(error_of(last_code, thrown.what()));
}

Value value_of(const SQLite::Column& column) {
  const auto size = static_cast<std::size_t>(column.getBytes());
  switch (column.getType()) {
    case SQLITE_INTEGER:
      return column.getInt64();
    case SQLITE_FLOAT:
      return column.getDouble();
    case SQLITE_TEXT: {
      const char* text = column.getText();
      return std::string(text, static_cast<std::size_t>(column.getBytes()));
    }
    case SQLITE_BLOB:
      return Blob{size == 0 ? std::string()
                            : std::string(static_cast<const char*>(column.getBlob()), size)};
    default:
      return std::monostate{};
  }
}

struct BindVisitor {
  SQLite::Statement& statement;
  int index;

  void operator()(std::monostate) const { statement.bind(index); }

  void operator()(std::int64_t value) const { statement.bind(index, value); }

  void operator()(double value) const { statement.bind(index, value); }

  void operator()(const std::string& value) const { statement.bind(index, value); }

  void operator()(const Blob& value) const {
    statement.bind(index, value.bytes.data(), static_cast<int>(value.bytes.size()));
  }
};

const Value* find_param(const Params& params, std::string_view name) {
  for (const auto& [key, value] : params) {
    if (key == name) return &value;
  }
  return nullptr;
}

/// Creates the file with mode 0600 before SQLite can with the umask's; -wal and -shm inherit it. An
/// existing file is not even opened: closing its descriptor would drop the locks that other
/// connections of this process hold on it.
void create_private(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600);
  if (descriptor >= 0) ::close(descriptor);
}

/// Every pragma of the product, once. The order matters: the busy timeout first, so that the others
/// wait; page size and vacuum mode before WAL and before the first table, or they have no effect.
void apply_pragmas(SQLite::Database& db, const OpenOptions& options) {
  db.setBusyTimeout(kBusyTimeoutMs);
  switch (options.role) {
    case Role::kMainWriter:
      db.exec("PRAGMA journal_mode=WAL");
      db.exec("PRAGMA synchronous=FULL");
      db.exec("PRAGMA foreign_keys=ON");
      db.exec("PRAGMA journal_size_limit=67108864");
      break;
    case Role::kTelemetryWriter:
      db.exec("PRAGMA page_size=16384");
      db.exec("PRAGMA auto_vacuum=INCREMENTAL");
      db.exec("PRAGMA secure_delete=OFF");
      db.exec("PRAGMA journal_mode=WAL");
      db.exec(options.is_durability_full ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=NORMAL");
      db.exec("PRAGMA wal_autocheckpoint=0");
      db.exec("PRAGMA journal_size_limit=67108864");
      break;
    case Role::kReader:
      db.exec("PRAGMA query_only=ON");
      break;
  }
  db.exec("PRAGMA temp_store=MEMORY");
}

}  // namespace

/// A prepared statement and where each of the query's parameters sits in it.
struct PreparedStatement {
  SQLite::Statement statement;
  std::vector<int> positions;  ///< of query.params[i] in the statement
  Columns columns;
  bool is_borrowed = false;
};

class Connection::Impl {
 public:
  explicit Impl(const OpenOptions& options)
      : db_(options.path,
            options.role == Role::kReader
                ? SQLite::OPEN_READONLY | SQLite::OPEN_NOMUTEX
                : SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE | SQLite::OPEN_NOMUTEX),
        read_deadline_(options.read_deadline_ms) {
    apply_pragmas(db_, options);
    register_functions(db_.getHandle());
    if (options.role == Role::kReader) {
      sqlite3_progress_handler(db_.getHandle(), kStepsPerDeadlineCheck, &Impl::is_past_deadline,
                               this);
    }
  }

  /// The cached statement of the query, or a fresh one while that is in use. Throws
  /// SQLite::Exception.
  std::shared_ptr<PreparedStatement> prepare(const Query& query) {
    const auto found = cache_.find(query.name);
    if (found != cache_.end() && !found->second->is_borrowed) return found->second;
    auto fresh = std::make_shared<PreparedStatement>(
        PreparedStatement{SQLite::Statement(db_, std::string(query.sql)), {}, {}, false});
    for (const std::string_view name : query.params) {
      const std::string parameter = ":" + std::string(name);
      const int position = fresh->statement.getIndex(parameter.c_str());
      if (position == 0) {
        throw SQLite::Exception(query.name + " has no parameter " + parameter, SQLITE_RANGE);
      }
      fresh->positions.push_back(position);
    }
    if (static_cast<int>(fresh->positions.size()) != fresh->statement.getBindParameterCount()) {
      throw SQLite::Exception(query.name + " has parameters its header does not list",
                              SQLITE_RANGE);
    }
    const int count = fresh->statement.getColumnCount();
    std::vector<std::string> names;
    names.reserve(static_cast<std::size_t>(count));
    for (int i = 0; i < count; ++i) names.emplace_back(fresh->statement.getColumnName(i));
    fresh->columns = std::make_shared<const std::vector<std::string>>(std::move(names));
    if (found == cache_.end()) cache_.emplace(query.name, fresh);
    return fresh;
  }

  void forget_statements() {
    std::erase_if(cache_, [](const auto& entry) { return !entry.second->is_borrowed; });
  }

  void arm(std::chrono::milliseconds within) { deadline_ = SteadyClock::now() + within; }

  [[nodiscard]] std::chrono::milliseconds read_deadline() const { return read_deadline_; }

  SQLite::Database& db() { return db_; }

  int last_code = SQLITE_OK;

 private:
  static int is_past_deadline(void* self) {
    return SteadyClock::now() > static_cast<const Impl*>(self)->deadline_ ? 1 : 0;
  }

  // Statements must be finalised before the database closes: the cache is declared after it.
  SQLite::Database db_;
  std::unordered_map<std::string, std::shared_ptr<PreparedStatement>> cache_;
  const std::chrono::milliseconds read_deadline_;
  SteadyClock::time_point deadline_ = SteadyClock::time_point::max();
};

Result<std::unique_ptr<Connection>> Connection::open(const OpenOptions& options) {
  try {
    if (options.role != Role::kReader) create_private(options.path);
    return std::unique_ptr<Connection>(new Connection(std::make_unique<Impl>(options)));
  } catch (const SQLite::Exception& thrown) {
    Error error = error_of(code_of(thrown), thrown.what());
    error.detail += " (" + options.path + ")";
    return tl::unexpected<Error>(std::move(error));
  }
}

Connection::Connection(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Connection::~Connection() = default;

Result<Rows> Connection::run(const Query& query, const Params& params) {
  try {
    const auto prepared = impl_->prepare(query);
    SQLite::Statement& statement = prepared->statement;

    struct Reset {
      SQLite::Statement& statement;

      ~Reset() {
        statement.tryReset();
        try {
          statement.clearBindings();
        } catch (const SQLite::Exception&) {  // binding anew replaces them just the same
          return;
        }
      }
    } const reset{statement};

    for (std::size_t i = 0; i < query.params.size(); ++i) {
      const Value* value = find_param(params, query.params[i]);
      if (value == nullptr) {
        return fail(ErrorCode::kInternal, "Database error",
                    query.name + ": parameter " + std::string(query.params[i]) + " is not given");
      }
      std::visit(BindVisitor{statement, prepared->positions[i]}, *value);
    }
    Rows rows;
    while (statement.executeStep()) {
      std::vector<Value> values;
      const int count = statement.getColumnCount();
      values.reserve(static_cast<std::size_t>(count));
      for (int i = 0; i < count; ++i) values.push_back(value_of(statement.getColumn(i)));
      rows.emplace_back(prepared->columns, std::move(values));
    }
    return rows;
  } catch (const SQLite::Exception& thrown) {
    auto failed = failure(thrown, impl_->last_code);
    failed.value().detail += " (" + query.name + ")";
    return failed;
  }
}

Result<void> Connection::control(std::string_view statement) {
  try {
    if (statement.starts_with("BEGIN") && in_transaction()) impl_->db().exec("ROLLBACK");
    impl_->db().exec(std::string(statement));
    return {};
  } catch (const SQLite::Exception& thrown) {
    return failure(thrown, impl_->last_code);
  }
}

Result<std::int64_t> Connection::pragma(std::string_view statement) {
  try {
    SQLite::Statement prepared(impl_->db(), std::string(statement));
    if (!prepared.executeStep() || prepared.getColumnCount() == 0) return std::int64_t{0};
    return prepared.getColumn(0).getInt64();
  } catch (const SQLite::Exception& thrown) {
    return failure(thrown, impl_->last_code);
  }
}

void Connection::forget_statements() {
  impl_->forget_statements();
}

Result<void> Connection::backup_to(const std::string& path) {
  const std::string aside = path + ".tmp";
  std::remove(aside.c_str());
  create_private(aside);
  try {
    SQLite::Database copy(aside, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    SQLite::Backup backup(copy, impl_->db());
    backup.executeStep(-1);
  } catch (const SQLite::Exception& thrown) {
    std::remove(aside.c_str());
    return failure(thrown, impl_->last_code);
  }
  if (std::rename(aside.c_str(), path.c_str()) != 0) {
    std::remove(aside.c_str());
    return fail(ErrorCode::kUnavailable, "The backup could not be stored", "rename to " + path);
  }
  return {};
}

int Connection::last_result_code() const {
  return impl_->last_code;
}

std::int64_t Connection::last_insert_rowid() const {
  return impl_->db().getLastInsertRowid();
}

std::int64_t Connection::changes() const {
  return impl_->db().getChanges();
}

bool Connection::in_transaction() const {
  return sqlite3_get_autocommit(impl_->db().getHandle()) == 0;
}

void Connection::arm_deadline() {
  impl_->arm(impl_->read_deadline());
}

void Connection::arm_deadline(std::chrono::milliseconds within) {
  impl_->arm(within);
}

class Statement::Impl {
 public:
  Impl(std::shared_ptr<PreparedStatement> statement, int& last_code_of_connection)
      : prepared(std::move(statement)), last_code(last_code_of_connection) {
    prepared->is_borrowed = true;
  }

  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  ~Impl() {
    reset();
    prepared->is_borrowed = false;
  }

  void reset() {
    prepared->statement.tryReset();
    kept_error.reset();
    try {
      prepared->statement.clearBindings();
    } catch (const SQLite::Exception& thrown) {
      kept_error = error_of(code_of(thrown), thrown.what());
    }
  }

  /// Runs one bind at the position of parameter `index`; keeps the first failure for step().
  template <class F>
  void bind(int index, F&& bind_at) {
    if (kept_error) return;
    try {
      if (index < 0 || static_cast<std::size_t>(index) >= prepared->positions.size()) {
        throw SQLite::Exception("no parameter of that index", SQLITE_RANGE);
      }
      bind_at(prepared->statement, prepared->positions[static_cast<std::size_t>(index)]);
    } catch (const SQLite::Exception& thrown) {
      last_code = code_of(thrown);
      kept_error = error_of(last_code, thrown.what());
    }
  }

  std::shared_ptr<PreparedStatement> prepared;
  int& last_code;
  std::optional<Error> kept_error;
};

Result<Statement> Connection::statement(const Query& query) {
  try {
    return Statement(std::make_unique<Statement::Impl>(impl_->prepare(query), impl_->last_code));
  } catch (const SQLite::Exception& thrown) {
    return failure(thrown, impl_->last_code);
  }
}

Statement::Statement(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Statement::Statement(Statement&&) noexcept = default;

Statement::~Statement() = default;

Statement& Statement::bind(int index, std::int64_t value) {
  impl_->bind(index, [&](SQLite::Statement& to, int at) { to.bind(at, value); });
  return *this;
}

Statement& Statement::bind(int index, double value) {
  impl_->bind(index, [&](SQLite::Statement& to, int at) { to.bind(at, value); });
  return *this;
}

Statement& Statement::bind_text(int index, std::string_view value) {
  impl_->bind(index, [&](SQLite::Statement& to, int at) { to.bind(at, std::string(value)); });
  return *this;
}

Statement& Statement::bind_blob(int index, std::string_view value) {
  // A null pointer would bind NULL; an empty blob is a value.
  const char* data = value.empty() ? "" : value.data();
  impl_->bind(index, [&](SQLite::Statement& to, int at) {
    to.bindNoCopy(at, data, static_cast<int>(value.size()));
  });
  return *this;
}

Statement& Statement::bind_null(int index) {
  impl_->bind(index, [&](SQLite::Statement& to, int at) { to.bind(at); });
  return *this;
}

Result<bool> Statement::step() {
  if (const auto& kept = impl_->kept_error; kept) return tl::unexpected<Error>(*kept);
  try {
    return impl_->prepared->statement.executeStep();
  } catch (const SQLite::Exception& thrown) {
    return failure(thrown, impl_->last_code);
  }
}

bool Statement::is_null(int column) const {
  return impl_->prepared->statement.isColumnNull(column);
}

std::int64_t Statement::integer(int column) const {
  return impl_->prepared->statement.getColumn(column).getInt64();
}

double Statement::real(int column) const {
  return impl_->prepared->statement.getColumn(column).getDouble();
}

std::string_view Statement::blob(int column) const {
  const SQLite::Column found = impl_->prepared->statement.getColumn(column);
  const auto size = static_cast<std::size_t>(found.getBytes());
  return size == 0 ? std::string_view()
                   : std::string_view(static_cast<const char*>(found.getBlob()), size);
}

std::string_view Statement::text(int column) const {
  const SQLite::Column found = impl_->prepared->statement.getColumn(column);
  const char* text = found.getText();
  return {text, static_cast<std::size_t>(found.getBytes())};
}

void Statement::reset() {
  impl_->reset();
}

}  // namespace traceway::sqlite
