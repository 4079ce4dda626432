CREATE FUNCTION billing.ingest_event(event json) RETURNS text
AS 'MODULE_PATHNAME', 'billing_ingest_event'
LANGUAGE C VOLATILE PARALLEL UNSAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION billing.ingest_event(json) IS 'Stores a Stripe event as it came in the inbox of the current organization and wakes the worker. Returns stored or duplicate. Error invalid_event when it has no id, type, created or data.object.';

CREATE FUNCTION billing.ingest_events(organization_ids uuid[], bodies bytea[], default_organization uuid = NULL)
RETURNS TABLE ("position" integer, status text, organization_id uuid, event_id text, detail text)
AS 'MODULE_PATHNAME', 'billing_ingest_events'
LANGUAGE C VOLATILE PARALLEL UNSAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION billing.ingest_events(uuid[], bytea[], uuid) IS 'Stores many events in one step, for the worker, which wakes its own lanes: others hear of a stream of calls about ten times a second. An organization that is NULL is found by the event''s account, else default_organization, else the only one there is. One row per body: stored, duplicate, unrouted, unknown_organization or invalid (detail says why).';

CREATE FUNCTION billing.process_events(max_events integer = 1000, OUT applied bigint, OUT failed bigint, OUT remaining bigint)
AS 'MODULE_PATHNAME', 'billing_process_events'
LANGUAGE C VOLATILE PARALLEL UNSAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION billing.process_events(integer) IS 'Applies up to max_events waiting events of the current organization, each exactly once; one that cannot be applied is parked with its reason and the others go on. remaining counts what still waits, to 1000 at most. Called by billing_worker or a superuser without an organization it serves the next one that has something waiting.';

CREATE FUNCTION billing.failed_events()
RETURNS TABLE (event_id text, type text, created timestamptz, failed_at timestamptz, attempts integer, code text, reason text, detail text, discarded_at timestamptz, discard_reason text)
AS 'MODULE_PATHNAME', 'billing_failed_events'
LANGUAGE C STABLE PARALLEL SAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION billing.failed_events() IS 'Events of the current organization that could not be applied, oldest failure first, with the reason; discarded ones included.';

CREATE FUNCTION billing.retry_event(event_id text) RETURNS void
AS 'MODULE_PATHNAME', 'billing_retry_event'
LANGUAGE C VOLATILE PARALLEL UNSAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION billing.retry_event(text) IS 'Puts a failed event back into the queue. Error not_found when it is not among the failed ones.';

CREATE FUNCTION billing.discard_event(event_id text, why text) RETURNS void
AS 'MODULE_PATHNAME', 'billing_discard_event'
LANGUAGE C VOLATILE PARALLEL UNSAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION billing.discard_event(text, text) IS 'Marks a failed event as not to be applied and keeps why. It stays listed and can be retried.';

CREATE FUNCTION billing.stats(OUT received bigint, OUT applied bigint, OUT pending bigint, OUT oldest_pending_age interval, OUT failed bigint, OUT discarded bigint, OUT alarms bigint, OUT refunds_unlinked bigint, OUT stubs bigint, OUT unresolved bigint, OUT unrouted bigint, OUT outbox_pending bigint, OUT livemode boolean)
AS 'MODULE_PATHNAME', 'billing_stats'
LANGUAGE C STABLE PARALLEL SAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION billing.stats() IS 'One row about the current organization, or about all of them for billing_worker and superusers without one. Counts of events; refunds without an invoice; stubs: rows that stand in for objects not yet seen; unresolved: subscriptions with an unknown discount or price tier, whose last known MRR stands; outbox_pending: changes that Stripe is still to hear of.';
