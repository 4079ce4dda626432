// The rows of one table that a batch works on, by their Stripe id: read by one statement, changed
// in memory, written by one statement.
#pragma once

#include "pg/batch_writer.hpp"
#include "pg/seen.hpp"

#include <unordered_map>
#include <unordered_set>

namespace billing::pg {

struct StoredRow {
    Uuid id;
    core::Seen seen;
    bool dirty = false;
    bool stored = false; // it was read; only where a store says so
};

template <class RowT>
class Store {
  public:
    // The id will be asked for: load() reads it.
    void want(const std::string &stripe_id) {
        if (!stripe_id.empty() && asked_.insert(stripe_id).second &&
            rows_.find(stripe_id) == rows_.end()) {
            wanted_.insert(stripe_id);
        }
    }
    // Whether load() has looked for the row, or will.
    bool asked(const std::string &stripe_id) const { return asked_.count(stripe_id) > 0; }
    // nullptr where there is no such row.
    RowT *find(const std::string &stripe_id) {
        const auto found = rows_.find(stripe_id);
        return found == rows_.end() ? nullptr : &found->second;
    }
    // The row to change; one that does not exist yet is made, and stands in until it is known.
    RowT &touch(const std::string &stripe_id) {
        RowT &row = at(stripe_id);
        row.dirty = true;
        return row;
    }
    // The row as a reference from elsewhere needs it: made, but not changed otherwise.
    RowT &at(const std::string &stripe_id) {
        auto [place, made] = rows_.try_emplace(stripe_id);
        if (made) {
            place->second.id = new_uuid();
            place->second.dirty = true;
        }
        return place->second;
    }
    std::unordered_map<std::string, RowT> &rows() { return rows_; }

  protected:
    // Params: the organization, then the wanted ids.
    template <class Read>
    void load_with(Plan &plan, const Uuid &organization, Read read) {
        if (wanted_.empty()) {
            return;
        }
        const Result result = run(plan, keyed(organization, wanted_), Access::write);
        wanted_.clear(); // they count as read, whether there was a row or not
        for (size_t i = 0; i < result.size(); ++i) {
            read(result[i]);
        }
    }
    // `fill(columns, stripe_id, row)` adds one dirty row.
    template <class Fill>
    void flush_with(BatchWriter &writer, const Uuid &organization, Fill fill) {
        Columns columns = writer.columns();
        for (auto &[stripe_id, row] : rows_) {
            if (row.dirty) {
                fill(columns, stripe_id, row);
                row.dirty = false;
            }
        }
        writer.write(organization, columns);
    }

    std::unordered_map<std::string, RowT> rows_;
    std::unordered_set<std::string> wanted_;
    std::unordered_set<std::string> asked_;
};

} // namespace billing::pg
