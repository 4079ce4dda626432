#include "pg/function.hpp"
#include "settings.hpp"
#include "stripe/inbox.hpp"
#include "tenancy/organization.hpp"
#include "tenancy/schema.hpp"

namespace billing::stripe {

namespace {

// The elements of a one-dimensional array; NULL elements where allowed are empty.
struct Elements {
    Datum *values = nullptr;
    bool *nulls = nullptr;
    int count = 0;
};

Elements elements_of(Datum array, Oid type, int length, char align) {
    return pg::call([=] {
        Elements out;
        deconstruct_array(DatumGetArrayTypeP(array), type, length, false, align, &out.values,
                          &out.nulls, &out.count);
        return out;
    });
}

// The bytes of a bytea, without a copy where it is neither compressed nor out of line.
std::string_view bytes_of(Datum bytea) {
    const auto *packed = pg::call(
        [bytea] { return static_cast<const struct varlena *>(PG_DETOAST_DATUM_PACKED(bytea)); });
    return {VARDATA_ANY(packed), static_cast<size_t>(VARSIZE_ANY_EXHDR(packed))};
}

std::vector<Incoming> incoming_of(const pg::Args &args) {
    if (args.is_null(0) || args.is_null(1)) {
        throw pg::invalid("bodies", "must not be NULL");
    }
    const Elements organizations = elements_of(args.datum(0), UUIDOID, UUID_LEN, TYPALIGN_CHAR);
    const Elements bodies = elements_of(args.datum(1), BYTEAOID, -1, TYPALIGN_INT);
    if (organizations.count != bodies.count) {
        throw pg::invalid("bodies", "must be as many as organization_ids");
    }
    std::vector<Incoming> out;
    out.reserve(bodies.count);
    for (int i = 0; i < bodies.count; ++i) {
        if (bodies.nulls[i]) {
            throw pg::invalid("bodies", "must not hold NULL");
        }
        Incoming incoming{bytes_of(bodies.values[i]), {}};
        if (!organizations.nulls[i]) {
            incoming.organization = pg::uuid_of(organizations.values[i]);
        }
        out.push_back(incoming);
    }
    return out;
}

} // namespace

PG_BILLING_FUNCTION(billing_ingest_event) {
    const pg::Args args(fcinfo);
    const std::string body = args.text(0, "event");
    Received received;
    {
        const pg::Spi spi;
        tenancy::pass_gate();
        tenancy::require_schema();
        const pg::Uuid organization = current_organization();
        received = receive({{body, organization}}, std::nullopt, Wake::always)[0];
        if (received.arrival == Arrival::unknown_organization) {
            (void)tenancy::get_organization(organization);
        }
    }
    if (received.arrival == Arrival::invalid) {
        throw pg::Error(pg::Code::invalid_event, "event cannot be read: " + received.detail)
            .field("event", received.detail)
            .hint("Pass the body of a Stripe webhook as it came: an object with id, type, created "
                  "and data.object.");
    }
    return pg::to_datum(word_of(received.arrival));
}

PG_BILLING_FUNCTION(billing_ingest_events) {
    const pg::Args args(fcinfo);
    const std::vector<Incoming> bodies = incoming_of(args);
    pg::RowSet rows(fcinfo);
    if (bodies.empty()) {
        return rows.done();
    }
    const pg::Spi spi;
    tenancy::pass_gate();
    tenancy::require_schema();
    const std::vector<Received> answers = receive(bodies, args.uuid_or_null(2), Wake::seldom);
    for (size_t i = 0; i < answers.size(); ++i) {
        const Received &answer = answers[i];
        rows.row(static_cast<int32_t>(i + 1), word_of(answer.arrival), answer.organization,
                 pg::nullable(answer.event_id), pg::nullable(answer.detail));
    }
    return rows.done();
}

} // namespace billing::stripe
