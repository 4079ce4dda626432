GRANT EXECUTE ON FUNCTION
    billing.add_member(text, text),
    billing.remove_member(text),
    billing.list_members(),
    billing.my_organizations(),
    billing.create_api_key(text, text[], timestamptz),
    billing.rotate_api_key(uuid, interval),
    billing.revoke_api_key(uuid),
    billing.list_api_keys()
TO billing_api;
GRANT EXECUTE ON FUNCTION billing.record_key_use(uuid[], uuid[]) TO billing_worker;
