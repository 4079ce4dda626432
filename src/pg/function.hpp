// Arguments and answers of SQL-callable functions.
#pragma once

#include "pg/values.hpp"

namespace billing::pg {

// The arguments of a call, by position from 0.
class Args {
  public:
    explicit Args(FunctionCallInfo fcinfo) : fcinfo_(fcinfo) {}
    bool is_null(int i) const { return fcinfo_->args[i].isnull; }
    Datum datum(int i) const { return fcinfo_->args[i].value; }
    // These throw validation_failed naming the argument where it is NULL.
    std::string text(int i, std::string_view name) const;
    Uuid uuid(int i, std::string_view name) const;
    int64_t i64(int i, std::string_view name) const;
    int32_t i32(int i, std::string_view name) const;
    bool boolean(int i, std::string_view name) const;

    std::optional<std::string> text_or_null(int i) const;
    std::optional<Uuid> uuid_or_null(int i) const;
    std::optional<int64_t> i64_or_null(int i) const;
    // Infinite dates and times are refused.
    std::optional<core::Instant> instant_or_null(int i, std::string_view name) const;
    std::optional<core::Day> day_or_null(int i, std::string_view name) const;

  private:
    void require(int i, std::string_view name) const;
    FunctionCallInfo fcinfo_;
};

// Rows of a set-returning function, or the one row of a function with OUT parameters. Columns are
// put in order; what is not put is NULL.
class TupleBuilder {
  public:
    template <class... Ts>
    explicit TupleBuilder(const Ts &...values) {
        values_.reserve(sizeof...(Ts));
        nulls_.reserve(sizeof...(Ts));
        (put(values), ...);
    }
    template <class T>
    void put(const T &value) {
        values_.push_back(to_datum(value));
        nulls_.push_back(0);
    }
    template <class T>
    void put(const std::optional<T> &value) {
        if (value) {
            put(*value);
        } else {
            put(Null{});
        }
    }
    void put(Null) {
        values_.push_back(Datum(0));
        nulls_.push_back(1);
    }
    // Not const: so the server's functions want them, though they only read.
    Datum *values() const { return const_cast<Datum *>(values_.data()); }
    bool *nulls() const { return reinterpret_cast<bool *>(const_cast<char *>(nulls_.data())); }
    size_t size() const { return values_.size(); }

  private:
    std::vector<Datum> values_;
    std::vector<char> nulls_;
};

class RowSet {
  public:
    explicit RowSet(FunctionCallInfo fcinfo);
    void add(const TupleBuilder &row);
    template <class... Ts>
    void row(const Ts &...values) {
        add(TupleBuilder(values...));
    }
    Datum done();

  private:
    FunctionCallInfo fcinfo_;
    ReturnSetInfo *info_;
};

// Answers one composite row.
Datum return_row(FunctionCallInfo fcinfo, const TupleBuilder &row);
inline Datum return_null(FunctionCallInfo fcinfo) {
    fcinfo->isnull = true;
    return Datum(0);
}
inline Datum return_void() {
    return Datum(0);
}

} // namespace billing::pg
