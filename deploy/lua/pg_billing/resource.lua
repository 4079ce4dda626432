-- /customers/{id} and its like, in PostgREST's form: /customers?id=eq.{id}, one row or 404.
--
-- {id} is our uuid or Stripe's id. An external id may be any text, so it is asked for by name:
-- /customers?external_id=eq.{external id}.

local envelope = require("pg_billing.envelope")

local resource = {}

local UUID = "^%x%x%x%x%x%x%x%x%-%x%x%x%x%-%x%x%x%x%-%x%x%x%x%-%x%x%x%x%x%x%x%x%x%x%x%x$"

-- Stripe's prefix, and the column that has its ids.
local STRIPE = {
    customers = { "cus", "stripe_customer_id" },
    subscriptions = { "sub", "stripe_subscription_id" },
    products = { "prod", "stripe_product_id" },
    prices = { "price", "stripe_price_id" },
    invoices = { "in", "stripe_invoice_id" },
}
local WRITABLE = { customers = true }

local READS = { GET = true, HEAD = true, OPTIONS = true }
local WRITES = { PATCH = true, DELETE = true }

local function refuse(status, code, message, fields)
    ngx.ctx.refused = { code = code, message = message, fields = fields }
    return ngx.exit(status)
end

-- The filter that finds it; nil for what is neither a uuid nor an id of Stripe's.
local function filter_of(view, id)
    if id:find(UUID) then
        return "id=eq." .. id
    end
    local stripe = STRIPE[view]
    if stripe and id:find("^" .. stripe[1] .. "_[0-9A-Za-z_]+$") and #id <= 255 then
        return stripe[2] .. "=eq." .. id
    end
end

-- A write answers the row, unless the client says otherwise.
local function ask_for_the_row()
    local prefer = ngx.req.get_headers()["Prefer"] or {}
    local all = type(prefer) == "table" and table.concat(prefer, ", ") or prefer
    if not all:find("return=", 1, true) then
        ngx.req.set_header("Prefer", all == "" and "return=representation" or all .. ", return=representation")
    end
end

function resource.one(view, id)
    local method = ngx.req.get_method()
    if not READS[method] and not (WRITABLE[view] and WRITES[method]) then
        ngx.header["Allow"] = WRITABLE[view] and "GET, HEAD, PATCH, DELETE" or "GET, HEAD"
        return refuse(405, "method_not_allowed", "this path takes another method", {})
    end
    local found = filter_of(view, id)
    if not found then
        return refuse(400, "validation_failed", "the id is not valid",
            { envelope.field("id", "must be a uuid" .. (STRIPE[view] and " or an id of Stripe's" or "")) })
    end
    ngx.ctx.one_row = true
    ngx.req.set_header("Accept", "application/vnd.pgrst.object+json")
    if WRITES[method] then
        ask_for_the_row()
    end
    ngx.req.set_uri_args(found .. (ngx.var.args and "&" .. ngx.var.args or ""))
    ngx.req.set_uri("/" .. view)
end

return resource
