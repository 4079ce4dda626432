// Which secrets are good for which path. An organization with an entry of its own uses that alone;
// the common path, where the event says whose it is, knows only those of the environment.
#pragma once

#include <map>
#include <optional>
#include <span>

#include "base/secret.hpp"
#include "base/uuid.hpp"
#include "config/settings.hpp"

namespace billing::worker::webhook {

class SecretBook {
  public:
    explicit SecretBook(const config::Settings &settings)
        : common_(settings.webhook_secrets), own_(settings.organization_secrets) {}

    // Empty: the endpoint is switched off there.
    std::span<const Secret> for_organization(const std::optional<Uuid> &organization) const {
        if (organization) {
            if (const auto found = own_.find(*organization); found != own_.end()) {
                return found->second;
            }
        }
        return common_;
    }

  private:
    config::Secrets common_;
    std::map<Uuid, config::Secrets> own_;
};

} // namespace billing::worker::webhook
