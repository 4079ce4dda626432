#include "pg/boundary.hpp"
#include "settings.hpp"

extern "C" {
PG_MODULE_MAGIC;
PGDLLEXPORT void _PG_init(void);

// Runs outside every door: define_settings() calls the server alone, so nothing can throw.
void _PG_init(void) {
    billing::define_settings();
}
}
