#include "pg/boundary.hpp"
#include "pg/planning.hpp"
#include "settings.hpp"

extern "C" {
PG_MODULE_MAGIC;
PGDLLEXPORT void _PG_init(void);

// Runs outside every door: both call the server alone, so nothing can throw.
void _PG_init(void) {
    billing::define_settings();
    billing::pg::install_planner_hook();
}
}
