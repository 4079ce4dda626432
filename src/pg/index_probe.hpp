// Rows by the leading columns of an index, by a direct scan of it under the caller's snapshot: a
// third of what a kept plan costs, and no SQL text that somebody's search_path could bend. It asks
// for no privilege, so the key must hold what the caller may see.
//
// Declare it `static` beside its use. The table and the index, of billing_internal, are found at
// the first use and again after either changed, also while its lock was waited for. An index that
// is not valid, or not by these columns, is an error.
#pragma once

#include "pg/boundary.hpp"
#include "pg/hash_lookup.hpp"
#include "pg/row_layout.hpp"

extern "C" {
#include "access/genam.h"
#include "catalog/pg_type_d.h"
#include "utils/snapmgr.h"
}

namespace billing::pg {

inline constexpr bool kNullable = true;
// What a key of a hash index names.
enum class Key : uint8_t { one_row, many_rows };

class IndexProbe {
  public:
    static constexpr size_t kMaxKeys = 4;
    static constexpr size_t kMaxColumns = 20;
    struct Column {
        const char *name;
        Oid type;              // an error where the table has it of another
        bool nullable = false; // else a NULL is an error
    };
    // equals: the operator function of each key column, F_UUID_EQ and the like. Of an index of type
    // hash, which must be that of the digest of these columns (see digest_of), the first of
    // `columns` are the key's own, as the rows that it finds are compared with them.
    constexpr IndexProbe(const char *table, const char *index,
                         std::initializer_list<RegProcedure> equals,
                         std::initializer_list<Column> columns, Key names = Key::one_row)
        : table_name_(table), index_name_(index), names_(names) {
        for (const RegProcedure one : equals) {
            equals_[keys_++] = one;
        }
        for (const Column &column : columns) {
            named_[count_++] = column;
        }
    }

    bool is_ready() const { return valid_; }
    // To be called while not ready, once the schema is known to fit.
    void prepare();

    // Calls read(values, nulls) for each row whose columns equal the key, until it answers false.
    // It runs inside pg::call, while the page is pinned: server calls and plain locals only, and
    // what it keeps it copies.
    template <class Read>
    void scan(const Datum *key, Read read) {
        call([this, key, &read] {
            scan_rows(
                GetActiveSnapshot(), key,
                [](void *state, const Datum *values, const bool *nulls) {
                    return (*static_cast<Read *>(state))(values, nulls);
                },
                &read);
        });
    }
    // The same with each version that stands now, or may come to stand when another transaction
    // ends: read(values, nulls, dirty), where dirty.xmin has just written it and dirty.xmax is
    // changing or removing it, each invalid if nobody is.
    template <class Read>
    void scan_possible(const Datum *key, Read read) {
        call([this, key, &read] {
            struct {
                SnapshotData dirty;
                Read *read;
            } state;
            InitDirtySnapshot(state.dirty);
            state.read = &read;
            scan_rows(
                &state.dirty, key,
                [](void *context, const Datum *values, const bool *nulls) {
                    const auto &[dirty, one] = *static_cast<decltype(state) *>(context);
                    return (*one)(values, nulls, dirty);
                },
                &state);
        });
    }
    // Whether there is such a row.
    bool finds(const Datum *key) {
        bool found = false;
        scan(key, [&found](const Datum *, const bool *) {
            found = true;
            return false;
        });
        return found;
    }
    // Waits, one after another, for the other transactions that are changing or removing such rows,
    // or have just inserted one. Holds nothing meanwhile but the tables' locks.
    void wait_for_changes(const Datum *key);

  protected:
    using Callback = bool (*)(void *state, const Datum *values, const bool *nulls);
    static void forget(Datum, Oid relation);
    [[noreturn]] void refuse() const;
    [[noreturn]] void refuse_column(const Column &column) const;
    void find();
    Relation open_table(LOCKMODE lock);
    // The rows of a key, one after another. Locks are kept to the end of the transaction, as the
    // executor keeps them.
    struct Rows {
        Relation table;
        Relation index;
        Snapshot snapshot;
        const Datum *key;
        Datum digest;
        HeapTupleData row{};         // on `page`, which is pinned
        Buffer page = InvalidBuffer; // but for a scan, which pins its own
        std::array<Datum, kMaxColumns> values{};
        std::array<bool, kMaxColumns> nulls{};
        bool looked = false;
        HashLookup::Candidates found{};
        int at = 0; // of those found
        IndexScanDesc scan = nullptr;
        TupleTableSlot *slot = nullptr; // of the scan
        bool over = false;
    };
    Rows begin(LOCKMODE lock, Snapshot snapshot, const Datum *key);
    bool next(Rows &rows);
    static void end(Rows &rows);
    static Buffer page_of(const Rows &rows);
    // Takes the row apart.
    void read(Rows &rows) const;
    void scan_rows(Snapshot snapshot, const Datum *key, Callback read, void *state);

    const char *table_name_;
    const char *index_name_;
    Key names_;
    std::array<RegProcedure, kMaxKeys> equals_{};
    int keys_ = 0;
    std::array<Column, kMaxColumns> named_{};
    int count_ = 0;

    bool valid_ = false;
    uint32_t finds_ = 0; // how often it was found: what was learned of it before is old
    bool listed_ = false;
    Oid table_ = InvalidOid;
    Oid index_ = InvalidOid;
    std::array<AttrNumber, kMaxColumns> columns_{};
    TupleDesc row_type_ = nullptr; // a copy, which need not be pinned
    IndexProbe *next_ = nullptr;   // of all that were prepared in this backend

  private:
    bool is_digest(Relation index) const;
    bool has_keys(Relation index) const;
    void require_fit(Relation index);
    Datum digest_of(const Datum *key) const;
    bool equals(const Rows &rows) const;
    void note_row_type(Relation table);
    void look_up(Rows &rows);
    bool next_looked_up(Rows &rows);
    void scan_index(Rows &rows) const;
    bool next_scanned(Rows &rows) const;
    void share_lookup();

    bool described_ = false; // the table, since it was found
    RowLayout layout_;
    bool fits_ = false;            // the index, since it was found
    bool hashed_ = false;          // the index that fits
    HashLookup *lookup_ = nullptr; // one for all probes of the index
};

} // namespace billing::pg
