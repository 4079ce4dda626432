CREATE FUNCTION billing.pre_request() RETURNS void
AS 'MODULE_PATHNAME', 'billing_pre_request'
LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION billing.pre_request() IS 'PostgREST''s db-pre-request: reads request.headers and request.jwt.claims, and makes an API key (X-Api-Key, or Authorization: Bearer pgb_...) or a JWT (sub with the header X-Organization-Id, membership verified) the organization of this transaction; the rest of it runs as billing_api. Without a credential it stays what it was, with no organization. Once per transaction. Errors: unauthenticated, forbidden.';
