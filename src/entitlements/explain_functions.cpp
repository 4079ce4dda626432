#include "entitlements/answer.hpp"
#include "entitlements/check.hpp"
#include "entitlements/references.hpp"
#include "pg/function.hpp"
#include "settings.hpp"
#include "tenancy/schema.hpp"

namespace billing::entitlements {

namespace {

void put_answer(pg::TupleBuilder &row, const Answer &answer, core::Instant as_of) {
    row.put(answer.allowed);
    row.put(answer.reason);
    row.put(answer.kind ? std::optional(name_of(*answer.kind)) : std::nullopt);
    row.put(answer.quota);
    row.put(answer.used);
    row.put(answer.remaining);
    row.put(answer.overage);
    row.put(pg::bound(answer.period.end));
    row.put(answer.value ? std::optional(pg::JsonbText{*answer.value}) : std::nullopt);
    row.put(pg::nullable(answer.source));
    row.put(pg::Timestamp{as_of});
}

} // namespace

PG_BILLING_FUNCTION(billing_explain_access, read) {
    const pg::Args args(fcinfo);
    const std::string reference = args.text(0, "customer");
    const std::string feature_key = args.text(1, "feature_key");
    const core::Instant now = pg::transaction_start();
    const core::Instant at = args.instant_or_null(2, "at").value_or(now);
    Answer answer;
    {
        const pg::Spi spi;
        tenancy::require_schema();
        const pg::EnginePlanning planning;
        Question question{
            current_organization(), {},      at, checked_quantity(args.i64(3, "quantity")),
            pg::Access::read,       at < now};
        if (question.past) {
            ask_of_past(question, reference);
        } else {
            question.customer = find_customer(question.organization, reference, question.access);
            ask_of_present(question, feature_key);
        }
        answer = explain(question, feature_key);
    }
    pg::TupleBuilder row;
    put_answer(row, answer, at);
    return pg::return_row(fcinfo, row);
}

PG_BILLING_FUNCTION(billing_entitlements, read) {
    const pg::Args args(fcinfo);
    const std::string reference = args.text(0, "customer");
    pg::RowSet rows(fcinfo);
    const pg::Spi spi;
    tenancy::require_schema();
    const pg::EnginePlanning planning;
    Question question{current_organization(), {},   pg::transaction_start(), 1,
                      pg::Access::read,       false};
    question.customer = find_customer(question.organization, reference, question.access);
    for (const auto &[key, answer] : explain_all(question)) {
        pg::TupleBuilder row(key);
        put_answer(row, answer, question.at);
        rows.add(row);
    }
    return rows.done();
}

PG_BILLING_FUNCTION(billing_get_usage, check) {
    const pg::Args args(fcinfo);
    const std::string reference = args.text(0, "customer");
    const std::string feature_key = args.text(1, "feature_key");
    Answer answer;
    {
        const pg::Spi spi;
        tenancy::require_schema();
        const pg::EnginePlanning planning;
        Question question{current_organization(), {},   pg::transaction_start(), 0,
                          pg::Access::read,       false};
        question.customer = get_customer(question.organization, reference, question.access);
        (void)catalog::get_feature(question.organization, feature_key, question.access);
        ask_of_present(question, feature_key);
        answer = explain(question, feature_key);
    }
    return pg::return_row(fcinfo, pg::TupleBuilder(answer.quota, answer.used, answer.remaining,
                                                   pg::bound(answer.period.start),
                                                   pg::bound(answer.period.end)));
}

} // namespace billing::entitlements
