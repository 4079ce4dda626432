// A call of an INSTEAD OF trigger of the view customers, and the rows that it carries.
#pragma once

#include "customers/write.hpp"

struct TriggerData;

namespace billing::customers {

class ViewRow {
  public:
    // Without a tuple every column is NULL. Both outlive the row.
    ViewRow(HeapTuple tuple, TupleDesc desc) : tuple_(tuple), desc_(desc) {}

    std::vector<std::string> columns() const;
    std::optional<Datum> datum(std::string_view column) const;
    std::optional<std::string> text(std::string_view column) const;
    pg::Uuid id() const;
    // The statement chose the row by what it was then: a trigger sees no later state of it.
    Seen seen() const;
    // Whether both have the same bytes there.
    bool same(const ViewRow &other, std::string_view column) const;

  private:
    int index_of(std::string_view column) const;

    HeapTuple tuple_;
    TupleDesc desc_;
};

// Throws where this is no trigger of billing.customers AFTER a statement.
void require_end_of_statement(FunctionCallInfo fcinfo);

class ViewCall {
  public:
    enum class Event : uint8_t { insert, update, remove };
    // Throws where this is no such trigger, for a row, on billing.customers.
    ViewCall(FunctionCallInfo fcinfo, Event event);

    ViewRow nothing() const;
    ViewRow before() const; // of an update or a removal
    ViewRow after() const;  // of an insertion or an update

    // The row that RETURNING shows. For a removal the executor shows the row that it handed in,
    // which therefore is replaced in place.
    Datum answer(const pg::TupleBuilder &columns) const;

  private:
    TriggerData *data_;
    Event event_;
};

} // namespace billing::customers
