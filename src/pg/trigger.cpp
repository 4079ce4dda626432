#include "pg/trigger.hpp"

extern "C" {
#include "utils/rel.h"
}

namespace billing::pg {

namespace {

Error wrong_use(std::string message) {
    return Error(Code::validation_failed, std::move(message))
        .hint("CREATE TRIGGER ... AFTER INSERT OR DELETE OR UPDATE ON ... FOR EACH ROW EXECUTE "
              "FUNCTION ...");
}

} // namespace

RowTrigger::RowTrigger(FunctionCallInfo fcinfo) {
    if (!CALLED_AS_TRIGGER(fcinfo)) {
        throw wrong_use("this function can only be called as a trigger");
    }
    data_ = reinterpret_cast<TriggerData *>(fcinfo->context);
    const TriggerEvent event = data_->tg_event;
    if (!TRIGGER_FIRED_FOR_ROW(event)) {
        throw wrong_use("this trigger must be FOR EACH ROW, which TRUNCATE cannot be");
    }
    if (TRIGGER_FIRED_INSTEAD(event)) {
        throw wrong_use("this trigger must be BEFORE or AFTER");
    }
    if (TRIGGER_FIRED_BY_UPDATE(event)) {
        event_ = RowEvent::update;
    } else if (TRIGGER_FIRED_BY_DELETE(event)) {
        event_ = RowEvent::remove;
    }
}

std::vector<std::string> RowTrigger::arguments() const {
    const Trigger &trigger = *data_->tg_trigger;
    return {trigger.tgargs, trigger.tgargs + trigger.tgnargs};
}

std::optional<RowTrigger::Column> RowTrigger::find_column(const std::string &name) const {
    const TupleDesc desc = data_->tg_relation->rd_att;
    const int number = call([&] { return SPI_fnumber(desc, name.c_str()); });
    if (number <= 0) {
        return std::nullopt; // none, or a system column
    }
    Column out;
    out.number = number;
    out.type = call([&] { return getBaseType(SPI_gettypeid(desc, number)); });
    const char generated = TupleDescAttr(desc, number - 1)->attgenerated;
    out.generated = generated != '\0';
    out.is_virtual = generated == 'v'; // before PostgreSQL 18 there are none, and no name for it
    return out;
}

std::optional<Datum> RowTrigger::value(HeapTuple tuple, const Column &column) const {
    bool is_null = false;
    const Datum datum = call([&, this] {
        return SPI_getbinval(tuple, data_->tg_relation->rd_att, column.number, &is_null);
    });
    return is_null ? std::nullopt : std::optional(datum);
}

std::optional<Datum> RowTrigger::old_value(const Column &column) const {
    return event_ == RowEvent::insert ? std::nullopt : value(data_->tg_trigtuple, column);
}

std::optional<Datum> RowTrigger::new_value(const Column &column) const {
    if (event_ == RowEvent::remove) {
        return std::nullopt;
    }
    return value(event_ == RowEvent::insert ? data_->tg_trigtuple : data_->tg_newtuple, column);
}

Datum RowTrigger::row() const {
    return PointerGetDatum(event_ == RowEvent::update ? data_->tg_newtuple : data_->tg_trigtuple);
}

} // namespace billing::pg
