#include "applier/key_use.hpp"

#include "base/uuid.hpp"

namespace billing::worker::applier {

namespace {

constexpr const char *kSql = "SELECT billing.record_key_use($1::uuid[], $2::uuid[])";

void append(std::string &array, const std::string &element) {
    array += array.size() > 1 ? "," : "";
    array += element;
}

} // namespace

void KeyUse::note(std::string_view payload) {
    const auto space = payload.find(' ');
    if (space == std::string_view::npos || used_.size() >= kMost) {
        return;
    }
    const auto organization = payload.substr(0, space);
    const auto key = payload.substr(space + 1);
    if (parse_uuid(organization) && parse_uuid(key)) {
        used_.emplace(organization, key);
    }
}

std::optional<Error> KeyUse::write(db::Connection &connection, const Wake &stop) {
    if (used_.empty()) {
        return std::nullopt;
    }
    std::string organizations = "{";
    std::string keys = "{";
    for (const auto &[organization, key] : used_) {
        append(organizations, organization);
        append(keys, key);
    }
    const auto written = connection.query(kSql, {organizations + "}", keys + "}"}, stop);
    if (!written) {
        return written.error();
    }
    used_.clear();
    return std::nullopt;
}

} // namespace billing::worker::applier
