// Rows of a table of ours, changed and appended without the executor, which costs more than the
// change itself.
//
// Only where nothing of the executor would be missed: a plain heap table without triggers, rules,
// checks and generated columns, in a transaction that may write. Elsewhere nothing is done, and the
// statement that says the same is to be run. Visibility, locking and the write-ahead log are those
// of the server: a row is changed only if it is as the caller's snapshot shows it and nobody else
// is seen at it; it waits only for one who came in that moment. What logical replication could not
// tell its subscribers is the executor's error. It asks for no privilege; the values must fit the
// columns.
#pragma once

#include "pg/index_entries.hpp"
#include "pg/index_probe.hpp"

namespace billing::pg {

enum class Written : uint8_t {
    done,
    refused, // by the caller, or there is no such row
    busy,    // another transaction changes or locks the row
    not_so,  // run the statement: it was changed meanwhile, or the table is not plain
};

class DirectTable : public IndexProbe {
  public:
    using IndexProbe::IndexProbe;

    // Calls decide(values, nulls) for the row whose index columns equal the key: the place of the
    // column that is to have values[place], or -1 for none. It runs inside pg::call, as scan()'s
    // read does. What follows in this transaction sees the change.
    template <class Decide>
    Written change(const Datum *key, Decide decide) {
        return call([this, key, &decide] {
            return change_row(
                key,
                [](void *state, Datum *values, const bool *nulls) {
                    return (*static_cast<Decide *>(state))(values, nulls);
                },
                &decide);
        });
    }
    // The same for one row of several: weigh(values, nulls) ranks each, and of those that nobody
    // else is seen at the one of the lowest rank is changed. -1 for a row that must not be.
    template <class Weigh, class Decide>
    Written change_best(const Datum *key, Weigh weigh, Decide decide) {
        return call([this, key, &weigh, &decide] {
            struct {
                Weigh *weigh;
                Decide *decide;
            } both{&weigh, &decide};
            return change_best_row(
                key,
                [](void *state, Datum *values, const bool *nulls) {
                    return (*static_cast<decltype(both) *>(state)->weigh)(values, nulls);
                },
                [](void *state, Datum *values, const bool *nulls) {
                    return (*static_cast<decltype(both) *>(state)->decide)(values, nulls);
                },
                &both);
        });
    }
    // Whether append() would append, to the end of the transaction.
    bool can_append();
    // Appends a row of the columns named, where the others are to be NULL. False: run the
    // statement.
    bool append(const Datum *values, const char *nulls);

  private:
    using Decision = int (*)(void *state, Datum *values, const bool *nulls);
    Written change_row(const Datum *key, Decision decide, void *state);
    Written change_best_row(const Datum *key, Decision weigh, Decision decide, void *state);
    Written write(Relation table, HeapTuple old, int place, Datum value);
    bool append_row(const Datum *values, const char *nulls);
    bool leaves_nulls();

    IndexEntries entries_;
    uint32_t looked_at_ = 0; // finds_ when the next was learned
    bool leaves_nulls_ = false;
};

} // namespace billing::pg
