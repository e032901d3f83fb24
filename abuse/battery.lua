-- One request before the battery: counted, checked and recorded in one atomic step, by the clock of Redis.
--
-- KEYS    the counters of one user and one organization, in the order of battery.py; perhaps the mark of the request
-- ARGV    the request as JSON
-- returns names and values in turn: the measurements of rules.Evidence; nothing for a request that is sent twice at once
--
-- Instants and durations are whole microseconds. Only what changes a counter is decided here.

local attempts, accepted, failures, block, user_hour, organization_hour, mark = unpack(KEYS)
local request = cjson.decode(ARGV[1])
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]

-- A user has one log but perhaps another limit in each organization: it is kept longer than one of them needs.
local ENTRIES_KEPT = 1000

-- The gap needs the newest admission; those before it count again when newer ones are withdrawn.
local ADMISSIONS_KEPT = 10

-- An hour's log also holds its sum, as a member whose score is the sum: log and sum can only be lost together.
-- Sums are scores below this, instants above.
local INSTANTS = 1000000000000

-- A second longer than needed: the server may have been held up between the instant that PEXPIRE counts from, which is
-- the start of the script, and the one that TIME reads.
local function keep(key, duration)
  local milliseconds = math.ceil(math.max(duration, request.hour) / 1000) + 1000
  if redis.call('PTTL', key) < milliseconds then redis.call('PEXPIRE', key, milliseconds) end
end

local function note(log, most, duration)
  redis.call('RPUSH', log, now)
  redis.call('LTRIM', log, -math.max(most, ENTRIES_KEPT), -1)
  keep(log, duration)
end

-- Of the newest `most` instants of a log those younger than `duration`, oldest first.
local function recent(log, most, duration)
  local found = {}
  for _, at in ipairs(redis.call('LRANGE', log, -math.max(most, 1), -1)) do
    if tonumber(at) > now - duration then found[#found + 1] = tonumber(at) end
  end
  return found
end

-- The tokens accepted in the last hour; what is older leaves the log and the sum.
local function hour(log)
  for _, entry in ipairs(redis.call('ZRANGEBYSCORE', log, INSTANTS, now - request.hour)) do
    redis.call('ZINCRBY', log, -entry:match('%d+$'), 'sum')
  end
  redis.call('ZREMRANGEBYSCORE', log, INSTANTS, now - request.hour)
  return tonumber(redis.call('ZSCORE', log, 'sum') or 0)
end

local function spend(log)
  redis.call('ZINCRBY', log, request.tokens, 'sum')
  redis.call('ZADD', log, now, request.id .. ':' .. request.tokens)
  keep(log, request.hour)
end

if mark and redis.call('EXISTS', mark) == 1 then return {} end

local earlier = recent(attempts, request.requests_per_minute, request.minute)
local last_accepted = tonumber(redis.call('ZRANGE', accepted, -1, -1, 'WITHSCORES')[2] or 0)
local block_ends = tonumber(redis.call('HGET', block, 'ends') or 0)

local refuses = {
  block = function() return now < block_ends end,
  rate = function() return #earlier >= request.requests_per_minute end,
  size = function() return request.tokens > request.request_tokens_max end,
  gap = function() return now - last_accepted < request.gap end,
  bad_input = function() return true end,
}

local refused_by = ''
for _, rule in ipairs(request.rules) do
  if refuses[rule]() then
    refused_by = rule
    break
  end
end

if request.counts then note(attempts, request.requests_per_minute, request.minute) end

-- A refusal during a block is no failure: a client that polls would never come out.
if request.counts and refused_by ~= '' and refused_by ~= 'block' then
  note(failures, request.failed_attempts_max, request.failed_window)
  if #recent(failures, request.failed_attempts_max, request.failed_window) >= request.failed_attempts_max then
    redis.call('HSET', block, 'key', request.id, 'rule', refused_by, 'started', now, 'ends', now + request.block)
    keep(block, request.block)
    redis.call('DEL', failures)
  end
end

if request.spends and refused_by == '' then
  if mark then redis.call('SET', mark, request.id, 'PX', request.mark_milliseconds) end
  spend(user_hour)
  spend(organization_hour)
  if request.counts then
    redis.call('ZADD', accepted, now, request.id)
    redis.call('ZREMRANGEBYRANK', accepted, 0, -ADMISSIONS_KEPT - 1)
    keep(accepted, request.gap)
  end
end

local minute = recent(attempts, request.requests_per_minute, request.minute)
local blocked = redis.call('HMGET', block, 'key', 'rule', 'started', 'ends')
return {
  'now', now,
  'refused_by', refused_by,
  'attempts', #minute,
  'oldest_attempt', minute[1] or 0,
  'last_accepted', last_accepted,
  'block_key', blocked[1] or '',
  'block_rule', blocked[2] or '',
  'block_started', tonumber(blocked[3] or 0),
  'block_ends', tonumber(blocked[4] or 0),
  'user_tokens', hour(user_hour),
  'organization_tokens', hour(organization_hour),
}
