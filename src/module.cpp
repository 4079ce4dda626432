#include "pg/boundary.hpp"
#include "pg/planning.hpp"
#include "settings.hpp"
#include "tenancy/request.hpp"

extern "C" {
PG_MODULE_MAGIC;
PGDLLEXPORT void _PG_init(void);

// Runs outside every door: all of it calls the server alone, so nothing can throw.
void _PG_init(void) {
    billing::define_settings();
    billing::pg::install_planner_hooks();
    billing::tenancy::install_error_hook();
}
}
