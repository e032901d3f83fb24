-- Take back what one admission left behind, if it is still there. The attempt itself stays counted.
--
-- KEYS   accepted, user_hour, organization_hour; perhaps the mark of the request
-- ARGV   admission id, tokens

local accepted, user_hour, organization_hour, mark = unpack(KEYS)
local id, tokens = unpack(ARGV)

local function unspend(log)
  if redis.call('ZREM', log, id .. ':' .. tokens) == 1 then redis.call('ZINCRBY', log, -tokens, 'sum') end
end

redis.call('ZREM', accepted, id)
unspend(user_hour)
unspend(organization_hour)
if mark and redis.call('GET', mark) == id then redis.call('DEL', mark) end
