-- End one block now, unless another has begun since.
--
-- KEYS   block
-- ARGV   the block's key

if redis.call('HGET', KEYS[1], 'key') == ARGV[1] then redis.call('DEL', KEYS[1]) end
