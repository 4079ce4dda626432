#include "entitlements/usage_items.hpp"

#include "core/text.hpp"
#include "entitlements/usage_answer.hpp"
#include "pg/field_errors.hpp"
#include "stripe/shapes/error.hpp"
#include "stripe/shapes/json.hpp"

namespace billing::entitlements {

namespace {

constexpr size_t kMostItems = 1000;

using stripe::Element;

class ItemReader {
  public:
    ItemReader(UsageItem &item, std::string field, pg::FieldErrors &errors)
        : item_(item), field_(std::move(field)), errors_(errors) {}

    void read(const Element &element) {
        simdjson::dom::object object;
        if (element.get(object) != simdjson::SUCCESS) {
            errors_.add(field_, "must be a JSON object");
            return;
        }
        for (const auto &[key, value] : object) {
            read_member(key, value);
        }
        if (!has_customer_) {
            refuse("customer", "is missing");
        }
        if (!has_feature_) {
            refuse("feature_key", "is missing");
        }
    }

  private:
    void read_member(std::string_view key, const Element &value) {
        if (key == "customer") {
            has_customer_ = true;
            read_text(key, value, item_.customer);
        } else if (key == "feature_key") {
            has_feature_ = true;
            read_text(key, value, item_.request.feature_key);
        } else if (key == "quantity") {
            read_quantity(value);
        } else if (key == "idempotency_key") {
            read_key(value);
        } else {
            refuse(core::clipped(key, 60), "is no field of a usage");
        }
    }

    void read_text(std::string_view key, const Element &value, std::string &out) {
        std::string_view text;
        if (value.get(text) != simdjson::SUCCESS) {
            refuse(key, "must be a string");
            return;
        }
        out = text;
    }

    // What is no integer of 64 bits the reader of JSON leaves as a text.
    void read_quantity(const Element &value) {
        int64_t quantity = 0;
        if (value.get(quantity) != simdjson::SUCCESS) {
            refuse("quantity", "must be a whole number of 64 bits");
        } else if (!is_quantity(quantity)) {
            refuse("quantity", kNoQuantity);
        }
        item_.request.quantity = quantity;
    }

    void read_key(const Element &value) {
        if (value.is_null()) {
            return;
        }
        std::string key;
        read_text("idempotency_key", value, key);
        if (value.is_string() && !is_idempotency_key(key)) {
            refuse("idempotency_key", kNoIdempotencyKey);
        }
        item_.request.idempotency_key = std::move(key);
    }

    void refuse(std::string_view key, std::string message) {
        errors_.add(field_ + '.' + std::string(key), std::move(message));
    }

    UsageItem &item_;
    std::string field_;
    pg::FieldErrors &errors_;
    bool has_customer_ = false;
    bool has_feature_ = false;
};

simdjson::dom::array array_of(stripe::JsonReader &json, const std::string &text) {
    try {
        simdjson::dom::array array;
        if (json.parse(text).get(array) == simdjson::SUCCESS) {
            return array;
        }
    } catch (const stripe::ShapeError &) {
        // jsonb is valid JSON, so it is nested too deeply: no usage is.
    }
    throw pg::invalid("usage", "must be a JSON array of objects");
}

} // namespace

std::string item_field(size_t place) {
    return "usage[" + std::to_string(place) + ']';
}

std::vector<UsageItem> read_items(const pg::Uuid &organization, Datum jsonb) {
    stripe::JsonReader json;
    const std::string text = pg::jsonb_text(jsonb);
    const simdjson::dom::array array = array_of(json, text);
    // The array's own size() ends at 2^24.
    const auto count = static_cast<size_t>(std::distance(array.begin(), array.end()));
    if (count == 0 || count > kMostItems) {
        throw pg::invalid("usage", "must have 1 to 1000 elements");
    }
    pg::FieldErrors errors;
    std::vector<UsageItem> items(count);
    size_t place = 0;
    for (const Element element : array) {
        UsageItem &item = items[place];
        item.request.organization = organization;
        ItemReader(item, item_field(place), errors).read(element);
        ++place;
    }
    errors.raise();
    return items;
}

} // namespace billing::entitlements
