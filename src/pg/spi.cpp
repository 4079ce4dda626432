#include "pg/spi.hpp"

extern "C" {
#include "utils/builtins.h"
#include "utils/resowner.h"
}

namespace billing::pg {

Spi::Spi() : exceptions_(std::uncaught_exceptions()) {
    call([] {
        if (SPI_connect() != SPI_OK_CONNECT) {
            ereport(ERROR, (errcode(ERRCODE_INTERNAL_ERROR), errmsg("SPI is not available")));
        }
    });
}

Spi::~Spi() {
    if (std::uncaught_exceptions() == exceptions_) {
        SPI_finish();
    }
}

Columns::Columns(const std::vector<Oid> &types) {
    columns_.reserve(types.size());
    for (const Oid type : types) {
        columns_.push_back({type, {}, {}, false});
    }
}

void Columns::put(size_t column, Null) {
    columns_[column].values.push_back(Datum(0));
    columns_[column].nulls.push_back(1);
    columns_[column].any_null = true;
}

namespace {

struct ElementType {
    int16 length;
    bool by_value;
    char align;
};

ElementType element_type(Oid type) {
    switch (type) {
    case UUIDOID:
        return {UUID_LEN, false, TYPALIGN_CHAR};
    case BOOLOID:
        return {1, true, TYPALIGN_CHAR};
    case INT2OID:
        return {2, true, TYPALIGN_SHORT};
    case INT4OID:
    case DATEOID:
        return {4, true, TYPALIGN_INT};
    case INT8OID:
    case TIMESTAMPTZOID:
        return {8, FLOAT8PASSBYVAL, TYPALIGN_DOUBLE};
    default: // text, json, jsonb, numeric, bytea
        return {-1, false, TYPALIGN_INT};
    }
}

std::string name_of_type(Oid type) {
    return call([type] { return static_cast<const char *>(format_type_be(type)); });
}

[[noreturn]] void throw_altered(const std::string &how) {
    throw Error(Code::schema_outdated,
                "the tables of pg_billing have other columns than this library reads: " + how)
        .hint("Change them back to what a new installation has.");
}

} // namespace

void Columns::append_to(Params &params) const {
    for (const Column &column : columns_) {
        const ElementType element = element_type(column.type);
        static_assert(sizeof(bool) == sizeof(char));
        auto *values = const_cast<Datum *>(column.values.data());
        auto *nulls = column.any_null
                          ? reinterpret_cast<bool *>(const_cast<char *>(column.nulls.data()))
                          : nullptr;
        const int count = static_cast<int>(rows_);
        const Oid type = column.type;
        params.add(Raw{call([=] {
            int dims[1] = {count};
            int lower[1] = {1};
            return PointerGetDatum(construct_md_array(values, nulls, 1, dims, lower, type,
                                                      element.length, element.by_value,
                                                      element.align));
        })});
    }
}

Params keyed(const Uuid &organization, const std::vector<Uuid> &ids) {
    Columns column({UUIDOID});
    for (const Uuid &id : ids) {
        column.row(id);
    }
    Params params(organization);
    column.append_to(params);
    return params;
}

bool Row::is_null(int column) const {
    bool null = false;
    SPI_getbinval(tuple_, desc_, column + 1, &null);
    return null;
}

Datum Row::datum(int column) const {
    bool null = false;
    const Datum value = SPI_getbinval(tuple_, desc_, column + 1, &null);
    return null ? Datum(0) : value;
}

Datum Row::typed(int column, Oid type) const {
    bool null = false;
    const Datum value = SPI_getbinval(tuple_, desc_, column + 1, &null);
    if (column < desc_->natts) {
        const FormData_pg_attribute *found = TupleDescAttr(desc_, column);
        if (found->atttypid == type && (!null || found->attbyval)) {
            return null ? Datum(0) : value;
        }
        const Oid other = found->atttypid;
        throw_altered(std::string(NameStr(found->attname)) + " is " +
                      (null ? "NULL" : name_of_type(other)) + " and not " + name_of_type(type));
    }
    throw_altered("one is missing");
}

std::string Row::text(int column) const {
    if (is_null(column)) {
        return {};
    }
    // A json is the text that it was made from.
    const bool is_json = SPI_gettypeid(desc_, column + 1) == JSONOID;
    return text_of(typed(column, is_json ? JSONOID : TEXTOID));
}

std::string Row::bytes(int column) const {
    return is_null(column) ? std::string() : text_of(typed(column, BYTEAOID));
}

std::string Row::json(int column) const {
    return jsonb_text(typed(column, JSONBOID));
}

std::optional<core::Instant> Row::instant_or_null(int column) const {
    return is_null(column) ? std::nullopt : std::optional(instant(column));
}
std::optional<int64_t> Row::i64_or_null(int column) const {
    return is_null(column) ? std::nullopt : std::optional(i64(column));
}
std::optional<Uuid> Row::uuid_or_null(int column) const {
    return is_null(column) ? std::nullopt : std::optional(uuid(column));
}

Result::~Result() {
    if (table_ != nullptr && std::uncaught_exceptions() == 0) {
        SPI_freetuptable(table_);
    }
}

Result run(Plan &plan, const Params &params, Access access, int64_t max_rows) {
    if (plan.kept == nullptr) {
        plan.kept = call([&plan] {
            SPIPlanPtr prepared = SPI_prepare_cursor(plan.sql, plan.count, plan.types.data(),
                                                     EnginePlanning::cursor_options());
            if (prepared == nullptr) {
                ereport(ERROR, (errcode(ERRCODE_INTERNAL_ERROR),
                                errmsg("statement could not be prepared: %s",
                                       SPI_result_code_string(SPI_result))));
            }
            SPI_keepplan(prepared);
            return prepared;
        });
    }
    const int code = call([&] {
        return SPI_execute_plan(plan.kept, const_cast<Datum *>(params.values()), params.nulls(),
                                access == Access::read, max_rows);
    });
    // What a rule left nothing of depends on nothing any more: the server would not make it anew
    // when the rule is gone.
    if (code == SPI_OK_REWRITTEN) {
        call([&] { SPI_freeplan(std::exchange(plan.kept, nullptr)); });
    }
    if (code < 0) {
        throw std::runtime_error(std::string("statement failed: ") + SPI_result_code_string(code));
    }
    return {SPI_tuptable, SPI_processed};
}

Savepoint::Savepoint() : context_(CurrentMemoryContext), owner_(CurrentResourceOwner) {
    call([] { BeginInternalSubTransaction(nullptr); });
    open_ = true;
    MemoryContextSwitchTo(context_);
}

Savepoint::~Savepoint() {
    if (!open_) {
        return;
    }
    // The error that is on its way is what the caller learns; one of the rollback adds nothing.
    (void)detail::try_catch([] { RollbackAndReleaseCurrentSubTransaction(); });
    leave();
}

void Savepoint::leave() {
    open_ = false;
    MemoryContextSwitchTo(context_);
    CurrentResourceOwner = owner_;
}

void Savepoint::release() {
    call([] { ReleaseCurrentSubTransaction(); });
    leave();
}

void Savepoint::rollback() {
    open_ = false;
    call([] { RollbackAndReleaseCurrentSubTransaction(); });
    leave();
}

} // namespace billing::pg
