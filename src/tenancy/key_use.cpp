#include "tenancy/key_use.hpp"

#include "pg/function.hpp"
#include "pg/spi.hpp"
#include "tenancy/schema.hpp"

extern "C" {
#include "access/xlog.h"
#include "commands/async.h"
#include "parser/parse_func.h"
}

namespace billing::tenancy {

namespace {

constexpr int64_t kRightTo = 60 * core::kSecond;

// Which keys this backend has told of and when; two that share a place tell more often.
struct Told {
    pg::Uuid key;
    core::Instant at = core::kBeginning;
};
std::array<Told, 64> told;

void notify(const pg::Uuid &organization, const pg::Uuid &key, core::Instant now) {
    Told &place = told[pg::UuidHash{}(key) % told.size()];
    if (place.key == key && now < place.at + kRightTo) {
        return;
    }
    place = {key, now};
    const std::string payload = organization.to_string() + ' ' + key.to_string();
    pg::call([text = payload.c_str()] { Async_Notify("pg_billing_key_use", text); });
}

Datum array_of(const pg::Uuid &id) {
    const Datum value = pg::to_datum(id);
    return pg::call([value] {
        Datum element = value;
        return PointerGetDatum(
            construct_array(&element, 1, UUIDOID, UUID_LEN, false, TYPALIGN_CHAR));
    });
}

// Through the definer function, as a request's own role has no right to the table.
void write(const pg::Uuid &organization, const pg::Uuid &key) {
    const Datum organizations = array_of(organization);
    const Datum keys = array_of(key);
    pg::call([organizations, keys] {
        List *name =
            list_make2(makeString(pstrdup("billing")), makeString(pstrdup("record_key_use")));
        const std::array<Oid, 2> types = {UUIDARRAYOID, UUIDARRAYOID};
        (void)OidFunctionCall2(LookupFuncName(name, 2, types.data(), false), organizations, keys);
    });
}

} // namespace

void note_key_use(const pg::Uuid &organization, const pg::Uuid &key,
                  std::optional<core::Instant> last_used_at) {
    const core::Instant now = pg::transaction_start();
    if (last_used_at && now < *last_used_at + kRightTo) {
        return;
    }
    // With an older snapshot an update that came between would be a serialization failure.
    if (!XactReadOnly && !IsolationUsesXactSnapshot()) {
        write(organization, key);
    } else if (!RecoveryInProgress()) {
        notify(organization, key, now);
    }
}

PG_BILLING_FUNCTION(billing_record_key_use) {
    const pg::Args args(fcinfo);
    if (args.is_null(0) || args.is_null(1)) {
        throw pg::invalid("key_ids", "must not be NULL");
    }
    int64_t written = 0;
    {
        const pg::Spi spi;
        require_schema();
        const pg::EnginePlanning planning;
        // A row that somebody holds is being changed by another request of the same key, or ended.
        static pg::Plan plan{
            "WITH free AS ("
            "SELECT k.organization_id, k.id FROM unnest($1::uuid[], $2::uuid[]) AS u "
            "(organization_id, id) "
            "JOIN billing_internal.api_keys AS k ON k.organization_id = u.organization_id AND k.id "
            "= u.id "
            "WHERE k.last_used_at IS NULL OR k.last_used_at < $3 "
            "ORDER BY k.organization_id, k.id FOR NO KEY UPDATE OF k SKIP LOCKED) "
            "UPDATE billing_internal.api_keys AS k SET last_used_at = $3 FROM free AS f "
            "WHERE k.organization_id = f.organization_id AND k.id = f.id",
            {UUIDARRAYOID, UUIDARRAYOID, TIMESTAMPTZOID}};
        const pg::Params params(pg::Raw{args.datum(0)}, pg::Raw{args.datum(1)},
                                pg::Timestamp{pg::transaction_start()});
        written = static_cast<int64_t>(pg::run(plan, params, pg::Access::write).size());
    }
    return pg::to_datum(written);
}

} // namespace billing::tenancy
