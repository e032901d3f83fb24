-- Take back what one admission left behind, if it is still there. The attempt itself stays counted.
--
-- KEYS   accepted, user_hour, organization_hour
-- ARGV   admission id, tokens

local accepted, user_hour, organization_hour = unpack(KEYS)
local id, tokens = unpack(ARGV)

local function unspend(log)
  if redis.call('ZREM', log, id .. ':' .. tokens) == 1 then redis.call('ZINCRBY', log, -tokens, 'sum') end
end

redis.call('ZREM', accepted, id)
unspend(user_hour)
unspend(organization_hour)
