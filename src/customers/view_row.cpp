#include "customers/view_row.hpp"

extern "C" {
#include "catalog/namespace.h"
#include "commands/trigger.h"
#include "utils/datum.h"
#include "utils/rel.h"
}

namespace billing::customers {

namespace {

constexpr int kColumns = 14;

// A trigger function can be attached to any view: only ours has the columns that are read here.
bool is_ours(const TriggerData &data) {
    const Oid relation = RelationGetRelid(data.tg_relation);
    const Oid ours = pg::call(
        [] { return get_relname_relid("customers", get_namespace_oid("billing", false)); });
    return relation == ours && data.tg_relation->rd_att->natts == kColumns;
}

bool is_event(const TriggerData &data, ViewCall::Event event) {
    switch (event) {
    case ViewCall::Event::insert:
        return TRIGGER_FIRED_BY_INSERT(data.tg_event);
    case ViewCall::Event::update:
        return TRIGGER_FIRED_BY_UPDATE(data.tg_event);
    case ViewCall::Event::remove:
        return TRIGGER_FIRED_BY_DELETE(data.tg_event);
    }
    return false;
}

pg::Error wrong_use() {
    return pg::Error(pg::Code::forbidden, "this function serves the view billing.customers")
        .hint("Write to the view, or call the function that changes customers.");
}

} // namespace

int ViewRow::index_of(std::string_view column) const {
    for (int i = 0; i < desc_->natts; ++i) {
        if (column == NameStr(TupleDescAttr(desc_, i)->attname)) {
            return i;
        }
    }
    throw std::logic_error("the view customers lacks a column");
}

std::vector<std::string> ViewRow::columns() const {
    std::vector<std::string> names;
    for (int i = 0; i < desc_->natts; ++i) {
        names.emplace_back(NameStr(TupleDescAttr(desc_, i)->attname));
    }
    return names;
}

std::optional<Datum> ViewRow::datum(std::string_view column) const {
    const int index = index_of(column);
    if (tuple_ == nullptr) {
        return std::nullopt;
    }
    bool null = false;
    const Datum value = heap_getattr(tuple_, index + 1, desc_, &null);
    return null ? std::nullopt : std::optional(value);
}

std::optional<std::string> ViewRow::text(std::string_view column) const {
    const auto value = datum(column);
    return value ? std::optional(pg::text_of(*value)) : std::nullopt;
}

pg::Uuid ViewRow::id() const {
    const auto value = datum("id");
    if (!value) {
        throw std::logic_error("a customer without an id");
    }
    return pg::uuid_of(*value);
}

Seen ViewRow::seen() const {
    const auto value = datum("updated_at");
    return {value ? std::optional(pg::instant_of(*value)) : std::nullopt, "updated_at"};
}

bool ViewRow::same(const ViewRow &other, std::string_view column) const {
    const auto mine = datum(column);
    const auto theirs = other.datum(column);
    if (!mine || !theirs) {
        return !mine && !theirs;
    }
    const Form_pg_attribute attribute = TupleDescAttr(desc_, index_of(column));
    return pg::call([a = *mine, b = *theirs, attribute] {
        return datum_image_eq(a, b, attribute->attbyval, attribute->attlen);
    });
}

ViewCall::ViewCall(FunctionCallInfo fcinfo, Event event) : data_(nullptr), event_(event) {
    if (CALLED_AS_TRIGGER(fcinfo)) {
        data_ = reinterpret_cast<TriggerData *>(fcinfo->context);
    }
    if (data_ == nullptr || !is_event(*data_, event) || !TRIGGER_FIRED_FOR_ROW(data_->tg_event) ||
        !TRIGGER_FIRED_INSTEAD(data_->tg_event) || !is_ours(*data_)) {
        throw wrong_use();
    }
}

void require_end_of_statement(FunctionCallInfo fcinfo) {
    const auto *data = CALLED_AS_TRIGGER(fcinfo)
                           ? reinterpret_cast<const TriggerData *>(fcinfo->context)
                           : nullptr;
    if (data == nullptr || !TRIGGER_FIRED_FOR_STATEMENT(data->tg_event) ||
        !TRIGGER_FIRED_AFTER(data->tg_event) || !is_ours(*data)) {
        throw wrong_use();
    }
}

ViewRow ViewCall::nothing() const {
    return {nullptr, data_->tg_relation->rd_att};
}

ViewRow ViewCall::before() const {
    return {data_->tg_trigtuple, data_->tg_relation->rd_att};
}

ViewRow ViewCall::after() const {
    const HeapTuple tuple = event_ == Event::insert ? data_->tg_trigtuple : data_->tg_newtuple;
    return {tuple, data_->tg_relation->rd_att};
}

Datum ViewCall::answer(const pg::TupleBuilder &columns) const {
    if (columns.size() != kColumns) {
        throw std::logic_error("the view customers has other columns");
    }
    const TupleDesc desc = data_->tg_relation->rd_att;
    const HeapTuple made =
        pg::call([&] { return heap_form_tuple(desc, columns.values(), columns.nulls()); });
    if (event_ == Event::remove) {
        // The executor owns the struct, and what it points to lives as long as the statement's
        // current row, as `made` does.
        data_->tg_trigtuple->t_data = made->t_data;
        data_->tg_trigtuple->t_len = made->t_len;
        return PointerGetDatum(data_->tg_trigtuple);
    }
    return PointerGetDatum(made);
}

} // namespace billing::customers
