// Writes many rows of one table of billing_internal in one statement.
//
// Every table's key begins with organization_id, which is one parameter; the other columns come as
// arrays. Declare it `static` beside its use, like a Plan.
#pragma once

#include "pg/spi.hpp"

namespace billing::pg {

enum class OnConflict : uint8_t {
    fail,    // the rows are new
    skip,    // what is there stays
    replace, // every column that is no key is set
    add,     // every column that is no key is a number, and added to
};

class BatchWriter {
  public:
    struct Column {
        const char *name;
        Oid type;
    };
    // The first `keys` columns are, with organization_id, the key that conflicts. Columns from
    // `kept` on stay as they are in a row that is there.
    constexpr BatchWriter(const char *table, OnConflict on_conflict, int keys,
                          std::initializer_list<Column> columns, int kept = Plan::kMaxParams)
        : table_(table), on_conflict_(on_conflict), keys_(keys), first_kept_(kept) {
        for (const Column &column : columns) {
            columns_[count_++] = column;
        }
    }

    // Empty columns of this table, in the declared order.
    Columns columns() const;
    // Answers how many rows were written; throws row_not_stored where that must be all of them and
    // is not.
    size_t write(const Uuid &organization, const Columns &rows);
    // Deletes the rows whose key columns (the first `keys`) are given, under an extra condition
    // on the table, whose alias is t, if any. Made from a declaration of its own. Answers how many
    // there were.
    size_t remove(const Uuid &organization, const Columns &keys, const char *condition = nullptr);

  private:
    std::string insert_sql() const;
    std::string delete_sql(const char *condition) const;
    size_t execute(std::string (*make)(const BatchWriter &, const char *), const char *argument,
                   int columns, const Uuid &organization, const Columns &rows);

    const char *table_;
    OnConflict on_conflict_;
    int keys_;
    int first_kept_;
    std::array<Column, Plan::kMaxParams - 1> columns_{};
    int count_ = 0;
    SPIPlanPtr kept_ = nullptr;
};

} // namespace billing::pg
