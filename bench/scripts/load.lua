-- For wrk: POST the requests of a file in turn, each with an Idempotency-Key of its own, and print what came back.
-- Its arguments: the file, and what all the keys begin with. A line of the file is a path, a body, and names and
-- values of headers, with tabs between them.

local requests, sent, prefix, crew = {}, 0, "", {}

function setup(thread)
    table.insert(crew, thread)
end

function init(args)
    prefix, statuses = args[2], {}
    for line in io.lines(args[1]) do
        local fields = {}
        for field in (line .. "\t"):gmatch("(.-)\t") do
            table.insert(fields, field)
        end
        local headers = {}
        for place = 3, #fields, 2 do
            headers[fields[place]] = fields[place + 1]
        end
        table.insert(requests, { path = fields[1], body = fields[2], headers = headers })
    end
end

function request()
    local one = requests[sent % #requests + 1]
    sent = sent + 1
    one.headers["Idempotency-Key"] = prefix .. sent
    return wrk.format("POST", one.path, one.headers, one.body)
end

function response(status)
    status = tostring(status)
    statuses[status] = (statuses[status] or 0) + 1
end

-- The last line: seconds, requests, errors of the connections, how often each status came, and the latencies'
-- percentiles from 0 to 99 in milliseconds.
function done(summary, latency)
    local statuses, percentiles = {}, {}
    for status, count in pairs(crew[1]:get("statuses")) do
        table.insert(statuses, string.format('"%s": %d', status, count))
    end
    for percent = 0, 99 do
        table.insert(percentiles, latency:percentile(percent) / 1000)
    end
    local failed = summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout
    io.write(string.format(
        '{"seconds": %f, "count": %d, "failed": %d, "statuses": {%s}, "latencies_ms": [%s]}\n',
        summary.duration / 1e6, summary.requests, failed,
        table.concat(statuses, ", "), table.concat(percentiles, ", ")
    ))
end
