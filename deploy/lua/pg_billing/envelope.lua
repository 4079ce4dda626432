-- One envelope for every error: statusCode, message, errors, timestamp, path, code.
--
-- envelope.render(status, body, path) gives the JSON text. `body` is what the upstream said, or nil where
-- nobody said anything: PostgREST's {code, message, details, hint}, with our {code, errors} in details; an
-- envelope already, which stays as it is, byte for byte; or anything else, of which nothing is passed on.

local cjson = require("cjson.safe")
local codes = require("pg_billing.codes")

local envelope = {}

local LONGEST_MESSAGE = 500
local MOST_FIELDS = 100

-- Valid UTF-8 in one line, cut between characters.
local function clean(text)
    local _, broken = ngx.re.match(text, "", "u")
    if broken then
        text = text:gsub("[\128-\255]", "?")
    end
    text = text:gsub("%c+", " ")
    if #text > LONGEST_MESSAGE then
        local size = LONGEST_MESSAGE
        while text:find("^[\128-\191]", size + 1) do
            size = size - 1
        end
        text = text:sub(1, size) .. "..."
    end
    return text
end

-- cjson writes a slash as \/, which is right and ugly.
local function quoted(text)
    return (cjson.encode(text):gsub("\\/", "/"))
end

-- Our DETAIL, or nil: {"code": "...", "errors": [{"field", "message"}], "id": "..."}.
local function detail_of(said)
    local detail = type(said.details) == "string" and cjson.decode(said.details)
    if type(detail) == "table" and type(detail.code) == "string" and detail.code:find("^[a-z][a-z0-9_]*$") then
        return detail
    end
end

local function fields_of(detail)
    local out = {}
    for i, field in ipairs(type(detail.errors) == "table" and detail.errors or {}) do
        if i > MOST_FIELDS then
            break
        end
        if type(field) == "table" and type(field.field) == "string" and type(field.message) == "string" then
            out[#out + 1] = string.format('{"field":%s,"message":%s}', quoted(clean(field.field)),
                quoted(clean(field.message)))
        end
    end
    return out
end

-- An internal error tells its id and nothing else.
local function internal_message(detail)
    local id = type(detail.id) == "string" and detail.id:match("^[%x-]+$")
    return id and "internal error " .. id or codes.of_status[500][2]
end

-- code, message, fields of what PostgREST said.
local function read(status, said)
    local message = type(said.message) == "string" and clean(said.message) or nil
    local detail = detail_of(said)
    if detail and detail.code == "internal_error" then
        return detail.code, internal_message(detail), {}
    elseif detail then
        return detail.code, message or codes.by_status(status)[2], fields_of(detail)
    end
    local row = type(said.code) == "string" and codes.by_name(said.code) or codes.by_status(status)
    return row[1], row[2] or message or codes.by_status(status)[2], {}
end

local function timestamp()
    local now = ngx.now()
    return os.date("!%Y-%m-%dT%H:%M:%S", math.floor(now)) .. string.format(".%03dZ", math.floor(now * 1000) % 1000)
end

function envelope.write(status, code, message, fields, path)
    path = path:gsub("[^\33-\126]", function(c) return string.format("%%%02X", c:byte()) end)
    return string.format('{"statusCode":%d,"message":%s,"errors":[%s],"timestamp":"%s","path":%s,"code":"%s"}',
        status, quoted(message), table.concat(fields, ","), timestamp(), quoted(path), code)
end

function envelope.field(name, message)
    return string.format('{"field":%s,"message":%s}', quoted(name), quoted(message))
end

function envelope.render(status, body, path)
    local said = body and cjson.decode(body)
    if type(said) ~= "table" then
        said = {}
    elseif said.statusCode == status and type(said.code) == "string" then
        return body
    end
    local code, message, fields = read(status, said)
    return envelope.write(status, code, message, fields, path)
end

return envelope
