#include "tenancy/schema.hpp"

#include "pg/spi.hpp"

extern "C" {
#include "catalog/namespace.h"
#include "storage/lmgr.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
}

namespace billing::tenancy {

namespace {

// Invalidation also comes at rollback and on any change of the table, so a kept answer is never
// older than the catalogue this backend has seen.
bool known_good = false;
Oid watched = InvalidOid;
bool registered = false;

void forget(Datum, Oid relation) {
    if (relation == InvalidOid || relation == watched) {
        known_good = false;
    }
}

Oid find_table() {
    return pg::call([] {
        const Oid schema = get_namespace_oid("billing_internal", true);
        return OidIsValid(schema) ? get_relname_relid("schema_migrations", schema) : InvalidOid;
    });
}

int32_t installed_version() {
    const Oid table = find_table();
    if (!OidIsValid(table)) {
        return 0;
    }
    watched = table;
    static pg::Plan plan{"SELECT coalesce(max(number), 0) FROM billing_internal.schema_migrations",
                         {}};
    return pg::run(plan, pg::Params(), pg::Access::read)[0].i32(0);
}

} // namespace

int32_t schema_version() {
    return PG_BILLING_SCHEMA_VERSION;
}

void pass_gate() {
    const Oid table = known_good ? watched : find_table();
    if (OidIsValid(table)) {
        pg::call([table] { LockRelationOid(table, AccessShareLock); });
    }
}

void require_schema() {
    if (known_good) {
        return;
    }
    if (!registered) {
        pg::call([] { CacheRegisterRelcacheCallback(forget, Datum(0)); });
        registered = true;
    }
    const int32_t installed = installed_version();
    if (installed != schema_version()) {
        throw pg::Error(pg::Code::schema_outdated,
                        "the tables of pg_billing have version " + std::to_string(installed) +
                            ", this library needs " + std::to_string(schema_version()))
            .hint("Run SELECT billing.install() as a superuser or a member of billing_owner.");
    }
    known_good = true;
}

} // namespace billing::tenancy
