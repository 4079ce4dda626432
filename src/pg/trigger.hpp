// The call of a trigger function: what happened to which row, and the row's columns.
#pragma once

#include "pg/values.hpp"

extern "C" {
#include "commands/trigger.h"
}

namespace billing::pg {

enum class RowEvent : uint8_t { insert, update, remove };

// A BEFORE or AFTER trigger FOR EACH ROW; lives as long as the call.
class RowTrigger {
  public:
    // Throws validation_failed for a call of any other kind.
    explicit RowTrigger(FunctionCallInfo fcinfo);

    RowEvent event() const { return event_; }
    bool before() const { return TRIGGER_FIRED_BEFORE(data_->tg_event); }
    bool on_partition() const { return data_->tg_relation->rd_rel->relispartition; }
    std::vector<std::string> arguments() const;

    struct Column {
        int number = 0;
        Oid type = InvalidOid; // a domain's base type
        bool generated = false;
        bool is_virtual = false; // no row that a trigger is given has its value
    };
    // Empty where the table has no such column.
    std::optional<Column> find_column(const std::string &name) const;
    // The value before and after the event; empty where it is NULL, or there is no such row.
    std::optional<Datum> old_value(const Column &column) const;
    std::optional<Datum> new_value(const Column &column) const;

    // What the function returns: the row as it came.
    Datum row() const;

  private:
    std::optional<Datum> value(HeapTuple tuple, const Column &column) const;

    TriggerData *data_ = nullptr;
    RowEvent event_ = RowEvent::insert;
};

} // namespace billing::pg
