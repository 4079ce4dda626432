-- The two filters that every answer passes on its way out. Errors are held back, up to a bound, and leave as
-- the envelope; everything else streams through untouched. What nginx refuses by itself comes this way too.

local envelope = require("pg_billing.envelope")

local filter = {}

-- A longer body than this is no error of PostgREST's or ours: nothing of it is kept.
local LONGEST_BODY = 65536

local OF_THE_OLD_BODY = { "Content-Length", "Content-Encoding", "Content-Range", "Content-Language",
    "Content-Disposition", "ETag", "Last-Modified", "Accept-Ranges" }

-- The status that the client gets. PostgREST answers 300 where a request names two functions or two
-- relationships, and 406 where a single row was asked for and there is none.
local function status_of(status)
    if status == 300 then
        return 400
    elseif status == 406 and ngx.ctx.one_row then
        return 404
    end
    return status
end

local function retry_after(status)
    return (status == 429 and 1) or ((status == 502 or status == 503) and 5) or nil
end

function filter.head()
    ngx.header["Server"] = ""
    local status = status_of(ngx.status)
    if status < 400 then
        if ngx.ctx.one_row and status == 200 then -- not the media type that PostgREST was asked for
            ngx.header["Content-Type"] = "application/json; charset=utf-8"
        end
        return
    end
    ngx.status = status
    -- "Not exactly one row" is not what the client of /customers/{id} asked.
    ngx.ctx.held = { size = 0, whole = not (status == 404 and ngx.ctx.one_row) }
    for _, name in ipairs(OF_THE_OLD_BODY) do
        ngx.header[name] = nil
    end
    ngx.header["Content-Type"] = "application/json; charset=utf-8"
    ngx.header["Retry-After"] = ngx.header["Retry-After"] or retry_after(status)
end

local function keep(held, chunk)
    held.size = held.size + #chunk
    if held.size > LONGEST_BODY then
        held.whole = false
    end
    if held.whole then
        held[#held + 1] = chunk
    end
end

local function path_of()
    return ((ngx.var.request_uri or ""):gsub("%?.*", "", 1))
end

local function text_of(held)
    local refused = ngx.ctx.refused
    if refused then
        return envelope.write(ngx.status, refused.code, refused.message, refused.fields, path_of())
    end
    return envelope.render(ngx.status, held.whole and table.concat(held) or nil, path_of())
end

function filter.body()
    local held = ngx.ctx.held
    if not held then
        return
    end
    keep(held, ngx.arg[1])
    ngx.arg[1] = ngx.arg[2] and text_of(held) or nil
end

return filter
