// SQL from inside the server: kept plans, parameters, rows.
#pragma once

#include "pg/planning.hpp"
#include "pg/values.hpp"

namespace billing::pg {

// An SPI connection for a scope. While an exception unwinds, the destructor does nothing: the
// transaction's abort closes what is open. Datums read from rows live until the scope ends; what a
// function returns is made after it.
class Spi {
  public:
    Spi();
    ~Spi();
    Spi(const Spi &) = delete;
    Spi &operator=(const Spi &) = delete;

  private:
    int exceptions_;
};

// One statement, prepared at its first use and kept for the life of the backend. Declare it
// `static` in the function that runs it; a plan runs under one role only, so it belongs to
// functions that are SECURITY DEFINER, with a fixed search_path.
struct Plan {
    static constexpr size_t kMaxParams = 32;
    const char *sql;
    std::array<Oid, kMaxParams> types{};
    int count = 0;
    SPIPlanPtr kept = nullptr;

    constexpr Plan(const char *text, std::initializer_list<Oid> parameter_types) : sql(text) {
        for (const Oid type : parameter_types) {
            types[count++] = type;
        }
    }
    // Another statement with the same parameters.
    constexpr Plan with(const char *text) const {
        Plan out = *this;
        out.sql = text;
        out.kept = nullptr;
        return out;
    }
};

class Params {
  public:
    template <class... Ts>
    explicit Params(const Ts &...values) {
        values_.reserve(sizeof...(Ts));
        nulls_.reserve(sizeof...(Ts));
        (add(values), ...);
    }
    template <class T>
    void add(const T &value) {
        values_.push_back(to_datum(value));
        nulls_.push_back(' ');
    }
    template <class T>
    void add(const std::optional<T> &value) {
        if (value) {
            add(*value);
        } else {
            add(Null{});
        }
    }
    void add(Null) {
        values_.push_back(Datum(0));
        nulls_.push_back('n');
    }
    const Datum *values() const { return values_.data(); }
    const char *nulls() const { return nulls_.data(); }

  private:
    std::vector<Datum> values_;
    std::vector<char> nulls_;
};

// Parallel arrays for unnest(): rows go in, one array per column comes out. NULLs allowed.
class Columns {
  public:
    explicit Columns(const std::vector<Oid> &types);
    template <class... Ts>
    void row(const Ts &...values) {
        size_t column = 0;
        (put(column++, values), ...);
        ++rows_;
    }
    size_t size() const { return rows_; }
    bool empty() const { return rows_ == 0; }
    // Adds every column as an array parameter.
    void append_to(Params &params) const;

  private:
    struct Column {
        Oid type;
        std::vector<Datum> values;
        std::vector<char> nulls; // bool, one byte each
        bool any_null = false;
    };
    template <class T>
    void put(size_t column, const T &value) {
        columns_[column].values.push_back(to_datum(value));
        columns_[column].nulls.push_back(0);
    }
    template <class T>
    void put(size_t column, const std::optional<T> &value) {
        if (value) {
            put(column, *value);
        } else {
            put(column, Null{});
        }
    }
    void put(size_t column, Null);

    std::vector<Column> columns_;
    size_t rows_ = 0;
};

// The usual parameters: an organization, and ids or texts as one array.
Params keyed(const Uuid &organization, const std::vector<Uuid> &ids);
template <class Texts>
Params keyed(const Uuid &organization, const Texts &texts) {
    Columns column({TEXTOID});
    for (const std::string &text : texts) {
        column.row(text);
    }
    Params params(organization);
    column.append_to(params);
    return params;
}

// A word of a table as the value it stands for. The tables check their words, so another one means
// that the library is older than they are.
template <class Enum>
Enum known(std::optional<Enum> value) {
    if (!value) {
        throw std::logic_error("a word of the tables is not known to this library");
    }
    return *value;
}

// One row of a result. Columns count from 0. One of another type than it is read as is an error,
// and so is a NULL that is read as something at an address: the tables may have been altered.
class Row {
  public:
    Row(HeapTuple tuple, TupleDesc desc) : tuple_(tuple), desc_(desc) {}
    bool is_null(int column) const;
    Datum datum(int column) const;
    bool boolean(int column) const { return DatumGetBool(typed(column, BOOLOID)); }
    int16_t i16(int column) const { return DatumGetInt16(typed(column, INT2OID)); }
    int32_t i32(int column) const { return DatumGetInt32(typed(column, INT4OID)); }
    int64_t i64(int column) const { return DatumGetInt64(typed(column, INT8OID)); }
    Uuid uuid(int column) const { return uuid_of(typed(column, UUIDOID)); }
    std::string text(int column) const;  // empty for NULL
    std::string bytes(int column) const; // of a bytea, empty for NULL
    std::string json(int column) const;  // the text of a jsonb
    core::Decimal decimal(int column) const { return decimal_of(typed(column, NUMERICOID)); }
    core::Instant instant(int column) const { return instant_of(typed(column, TIMESTAMPTZOID)); }
    core::Day day(int column) const { return day_of(typed(column, DATEOID)); }

    std::optional<core::Instant> instant_or_null(int column) const;
    std::optional<int64_t> i64_or_null(int column) const;
    std::optional<Uuid> uuid_or_null(int column) const;

  private:
    Datum typed(int column, Oid type) const;

    HeapTuple tuple_;
    TupleDesc desc_;
};

class Result {
  public:
    Result(SPITupleTable *table, uint64_t processed) : table_(table), processed_(processed) {}
    ~Result();
    Result(const Result &) = delete;
    Result &operator=(const Result &) = delete;
    // Rows read, or rows changed by a statement without RETURNING.
    size_t size() const { return processed_; }
    bool empty() const { return processed_ == 0; }
    bool returns() const { return table_ != nullptr; } // rows, however many
    Row operator[](size_t index) const {
        if (table_ == nullptr || index >= processed_) {
            throw std::logic_error("a row that must be there is not");
        }
        return {table_->vals[index], table_->tupdesc};
    }

  private:
    SPITupleTable *table_;
    uint64_t processed_;
};

enum class Access { read, write };
// read: sees the caller's snapshot, as a STABLE function must. write: a new snapshot, own changes
// included.
Result run(Plan &plan, const Params &params, Access access, int64_t max_rows = 0);

// A savepoint: rolled back unless released, also while an error passes. The transaction's abort
// would not do: whoever catches the error outside (an EXCEPTION block) rolls back one
// subtransaction, its own, and must not find ours instead. Memory and SPI state return to where
// they were.
class Savepoint {
  public:
    Savepoint();
    ~Savepoint();
    Savepoint(const Savepoint &) = delete;
    Savepoint &operator=(const Savepoint &) = delete;
    void release();
    // Undoes everything since the constructor; the error that caused it is handled by that.
    void rollback();

  private:
    void leave();

    MemoryContext context_;
    ResourceOwner owner_;
    bool open_ = false;
};

} // namespace billing::pg
