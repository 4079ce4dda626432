// enforce_quota(): each row of an application's table is one unit of a feature.
#include "entitlements/check.hpp"
#include "entitlements/references.hpp"
#include "entitlements/usage.hpp"
#include "pg/trigger.hpp"
#include "settings.hpp"
#include "tenancy/schema.hpp"

namespace billing::entitlements {

namespace {

// What the trigger was made with.
struct Rule {
    std::string feature_key;
    pg::RowTrigger::Column customer;
};

// Who a row counts for, as the row says it.
struct Payer {
    std::optional<pg::Uuid> id; // empty: unknown
    std::string reference;
};

Rule read_rule(const pg::RowTrigger &trigger) {
    const std::vector<std::string> arguments = trigger.arguments();
    if (arguments.size() != 2) {
        throw pg::Error(pg::Code::validation_failed,
                        "enforce_quota() takes a feature's key and the customer's column")
            .hint("EXECUTE FUNCTION billing.enforce_quota('projects', 'customer_id')");
    }
    const auto column = trigger.find_column(arguments[1]);
    if (!column) {
        throw pg::invalid("column", "must name a column of the table, not " + arguments[1]);
    }
    if (column->type != UUIDOID && column->type != TEXTOID && column->type != VARCHAROID) {
        throw pg::invalid("column", "must be of type uuid, text or varchar");
    }
    if (column->is_virtual) {
        throw pg::invalid("column", "must not be a virtual generated column")
            .hint("No row has its value: make it STORED and the trigger AFTER.");
    }
    if (trigger.before() && column->generated) {
        throw pg::invalid("column", "must not be generated in a BEFORE trigger")
            .hint("Its value is not known yet: make the trigger AFTER.");
    }
    // A row that moves to another partition is told of as an update and as a deletion and an
    // insertion, before; and as the latter two alone, after.
    if (trigger.before() && trigger.event() == pg::RowEvent::update && trigger.on_partition()) {
        throw pg::Error(pg::Code::validation_failed,
                        "enforce_quota() cannot follow updates of partitions in a BEFORE trigger")
            .hint("Make the trigger AFTER.");
    }
    return {arguments[0], *column};
}

// Empty: the row counts for nobody.
std::optional<Payer> payer_of(const pg::Uuid &organization, const std::optional<Datum> &value,
                              Oid type) {
    if (!value) {
        return std::nullopt;
    }
    Payer out;
    if (type == UUIDOID) {
        out.id = pg::uuid_of(*value);
        out.reference = out.id->to_string();
        return out;
    }
    out.reference = pg::text_of(*value);
    out.id = find_customer(organization, out.reference, pg::Access::write);
    return out;
}

pg::Error refusal(pg::Code code, const char *message, const Payer &payer, const Rule &rule,
                  const std::string &reason) {
    return pg::Error(code, message)
        .field("customer", "is " + payer.reference)
        .field("feature_key", "is " + rule.feature_key + ": " + reason);
}

[[noreturn]] void refuse(const Payer &payer, const Rule &rule, const std::string &reason) {
    if (reason == "quota_exceeded") {
        throw refusal(pg::Code::quota_exceeded, "the quota of the feature is used up", payer, rule,
                      reason)
            .hint("Delete what counts, add to the quota with billing.top_up(), or take a larger "
                  "plan.");
    }
    throw refusal(pg::Code::access_denied, "the customer may not use the feature", payer, rule,
                  reason)
        .hint("billing.explain_access() tells why; a plan or billing.grant_feature() gives it.");
}

UsageRequest request_of(const pg::Uuid &organization, const Payer &payer, const Rule &rule,
                        int64_t quantity) {
    UsageRequest request;
    request.organization = organization;
    request.customer = *payer.id;
    request.feature_key = rule.feature_key;
    request.quantity = quantity;
    return request;
}

void take(const pg::Uuid &organization, const Payer &payer, const Rule &rule, Kind kind) {
    if (!payer.id) {
        refuse(payer, rule, "unknown_customer");
    }
    if (kind == Kind::metered) {
        const UsageAnswer answer = track(request_of(organization, payer, rule, 1));
        if (!answer.allowed) {
            refuse(payer, rule, answer.reason);
        }
        return;
    }
    const Answer answer =
        explain({organization, payer.id, pg::transaction_start(), 1, pg::Access::write, false},
                rule.feature_key);
    if (!answer.allowed) {
        refuse(payer, rule, answer.reason);
    }
}

// Nothing keeps a row from going: where nothing was counted for it, nothing is given back.
void give_back(const pg::Uuid &organization, const Payer &payer, const Rule &rule, Kind kind) {
    if (payer.id && kind == Kind::metered) {
        (void)track(request_of(organization, payer, rule, -1));
    }
}

void count(const pg::RowTrigger &trigger) {
    const pg::Uuid organization = current_organization();
    const Rule rule = read_rule(trigger);
    const pg::Spi spi;
    tenancy::require_schema();
    const pg::EnginePlanning planning;
    const auto feature = catalog::find_feature(organization, rule.feature_key, pg::Access::write);
    if (!feature) {
        throw pg::invalid("feature_key", "must name a feature, not " + rule.feature_key)
            .hint("Create it with billing.create_feature(), or see billing.list_features().");
    }
    const Oid type = rule.customer.type;
    const auto before = payer_of(organization, trigger.old_value(rule.customer), type);
    const auto after = payer_of(organization, trigger.new_value(rule.customer), type);
    if (before && after &&
        (before->reference == after->reference || (before->id && before->id == after->id))) {
        return;
    }
    // Two customers are locked in the order of their ids, whichever way a row moves.
    const bool takes_first = before && after && before->id && after->id && *after->id < *before->id;
    if (takes_first) {
        take(organization, *after, rule, feature->kind);
    }
    if (before) {
        give_back(organization, *before, rule, feature->kind);
    }
    if (after && !takes_first) {
        take(organization, *after, rule, feature->kind);
    }
}

} // namespace

// Whoever may write the application's table may make rows that count.
PG_BILLING_FUNCTION(billing_enforce_quota, any) {
    const pg::RowTrigger trigger(fcinfo);
    count(trigger);
    return trigger.row();
}

} // namespace billing::entitlements
