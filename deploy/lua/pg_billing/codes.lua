-- What an error is called. Each row: the code, and the message where the upstream's own is not passed on.
-- docs/api/errors.md lists every code.

local codes = {}

-- By HTTP status: what nginx itself refuses, and bodies that say nothing.
codes.of_status = {
    [400] = { "validation_failed", "the request is not valid" },
    [401] = { "unauthenticated", "a valid API key or token is needed" },
    [403] = { "forbidden", "this is not allowed" },
    [404] = { "not_found", "there is no such thing here" },
    [405] = { "method_not_allowed", "this path takes another method" },
    [406] = { "not_acceptable", "the answer cannot be given in the form that was asked for" },
    [408] = { "timeout", "the request did not arrive in time" },
    [409] = { "conflict", "something else stands there" },
    [413] = { "body_too_large", "the body is too large" },
    [414] = { "validation_failed", "the address is too long" },
    [415] = { "validation_failed", "the body is of a type that is not known here" },
    [416] = { "validation_failed", "there is no such range" },
    [429] = { "rate_limited", "too many requests" },
    [500] = { "internal_error", "internal error" },
    [502] = { "unavailable", "the service does not answer" },
    [503] = { "unavailable", "the service cannot answer now" },
    [504] = { "timeout", "the service did not answer in time" },
}

-- Rows without a message pass on what the upstream says: it speaks of the request alone. The others could
-- name tables, constraints or rows.

-- PostgREST's own: group 1 is the request, 2 the names in it, 3 the token, 0 and X what is not the client's.
codes.of_postgrest = {
    PGRST000 = { "unavailable", "the database does not answer" },
    PGRST001 = { "unavailable", "the database does not answer" },
    PGRST002 = { "unavailable", "the database does not answer" },
    PGRST003 = { "timeout", "no connection to the database became free in time" },
    PGRST101 = { "method_not_allowed" },
    PGRST105 = { "method_not_allowed" },
    PGRST106 = { "not_acceptable" },
    PGRST107 = { "not_acceptable" },
    PGRST111 = { "internal_error", "internal error" },
    PGRST112 = { "internal_error", "internal error" },
    PGRST116 = { "not_acceptable", "the answer is not exactly one row" },
    PGRST117 = { "method_not_allowed" },
    PGRST121 = { "internal_error", "internal error" },
    PGRST125 = { "not_found", "there is no such path" },
    PGRST126 = { "not_found", "there is no such path" },
    PGRST202 = { "not_found" },
    PGRST205 = { "not_found" },
    PGRST300 = { "internal_error", "internal error" },
}
codes.of_postgrest_group = {
    ["PGRST1"] = { "validation_failed" },
    ["PGRST2"] = { "validation_failed" },
    ["PGRST3"] = { "unauthenticated", "the token is not valid" },
}

-- By SQLSTATE, the whole of it first and then its class.
codes.of_sqlstate = {
    ["23503"] = { "conflict", "something that this refers to, or that refers to it, stands in the way" },
    ["23505"] = { "conflict", "there is one like it already" },
    ["25006"] = { "method_not_allowed", "this writes: use POST" },
    ["42703"] = { "validation_failed" },
    ["42883"] = { "not_found" },
    ["55P03"] = { "timeout", "another request holds what this one needs" },
    ["57014"] = { "timeout", "the request took too long" },
}
codes.of_sqlstate_class = {
    ["08"] = { "unavailable", "the database does not answer" },
    ["22"] = { "validation_failed" },
    ["23"] = { "validation_failed", "a value is missing or not acceptable" },
    ["40"] = { "unavailable", "another request came between: try again" },
    ["53"] = { "unavailable", "the database has no room for this now" },
    ["57"] = { "unavailable", "the database is going down or coming up" },
}

function codes.by_status(status)
    return codes.of_status[status] or codes.of_status[status < 500 and 400 or 500]
end

-- The row for a code of PostgREST or the server; nil where it tells no more than the status.
function codes.by_name(name)
    return codes.of_postgrest[name] or codes.of_postgrest_group[name:sub(1, 6)] or codes.of_sqlstate[name]
        or (#name == 5 and codes.of_sqlstate_class[name:sub(1, 2)]) or nil
end

return codes
