#include "pg/writing.hpp"

extern "C" {
#include "access/table.h"
#include "catalog/namespace.h"
#include "utils/rel.h"
#include "utils/reltrigger.h"
}

namespace billing::pg {

namespace {

// That of the server which applies rules reports nothing else so: neither what a trigger of the
// owner's raises nor what we might ask for that the server cannot do.
bool is_about_rules(const ServerError &error) {
    const ErrorData *data = error.data();
    return data->sqlerrcode == ERRCODE_FEATURE_NOT_SUPPORTED && data->filename != nullptr &&
           std::string_view(data->filename).ends_with("rewriteHandler.c");
}

size_t count_as_asked(const Result &rows) {
    size_t out = 0;
    for (size_t i = 0; i < rows.size(); ++i) {
        out += rows[i].boolean(0) ? 1 : 0;
    }
    return out;
}

bool has_own_trigger(const TriggerDesc *triggers) {
    for (int i = 0; triggers != nullptr && i < triggers->numtriggers; ++i) {
        if (!triggers->triggers[i].tgisinternal) {
            return true;
        }
    }
    return false;
}

} // namespace

void throw_not_stored(const char *table, const std::string &what) {
    const std::string name = std::string("billing_internal.") + table;
    throw Error(Code::row_not_stored, "rows of " + name + " were not stored as they had to be")
        .field(name, what)
        .hint("Look with \\d " + name +
              " for a trigger or a rule that was made on it. A BEFORE trigger has to return the "
              "row with the columns of pg_billing as they are; a rule has to become an AFTER "
              "trigger.");
}

void require_stored(const char *table, size_t stored, size_t asked) {
    if (stored != asked) {
        throw_not_stored(table,
                         std::to_string(stored) + " of " + std::to_string(asked) + " rows were");
    }
}

Result run_writing(Plan &plan, const Params &params, const char *table) {
    try {
        return run(plan, params, Access::write);
    } catch (const ServerError &error) {
        if (is_about_rules(error)) {
            throw_not_stored(table, std::string("its rules cannot be followed: ") + error.what());
        }
        throw;
    }
}

void write(Plan &plan, const Params &params, const char *table, size_t rows) {
    const Result written = run_writing(plan, params, table);
    require_stored(table, written.returns() ? count_as_asked(written) : written.size(), rows);
}

void write_once(Plan &plan, Plan &there, const Params &params, const char *table) {
    if (run_writing(plan, params, table).empty()) {
        require_stored(table, run(there, params, Access::write).size(), 1);
    }
}

bool is_watched(const char *table) {
    return call([table] {
        const Oid schema = get_namespace_oid("billing_internal", false);
        Relation relation = table_open(get_relname_relid(table, schema), AccessShareLock);
        const bool watched = relation->rd_rules != nullptr || has_own_trigger(relation->trigdesc);
        table_close(relation, NoLock);
        return watched;
    });
}

} // namespace billing::pg
