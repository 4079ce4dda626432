// From method and path to the code behind it. Filled before the server starts, then only read.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "http/exchange.hpp"

namespace billing::worker::http {

struct Match {
    Handler *handler = nullptr;
    std::string_view parameter;
    const char *allow = nullptr; // the path exists, with this method
};

class Router {
  public:
    // A path may end in "/{}": one more part, which is not empty and holds no slash.
    void add(const char *method, std::string_view path, Handler &handler);
    // GET routes answer HEAD too.
    Match find(std::string_view method, std::string_view path) const;

  private:
    struct Route {
        const char *method;
        std::string path;
        bool has_parameter;
        Handler *handler;
    };
    std::vector<Route> routes_;
};

} // namespace billing::worker::http
