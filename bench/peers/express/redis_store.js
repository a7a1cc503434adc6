'use strict';
// The reservation path in Redis: each command is one Lua script, which Redis runs alone, so there is
// no race to lose. appendfsync always makes it durable before the answer. Only what the reservation
// scenarios need: create, read, list, reserve, release, expire.
const Redis = require('ioredis');

const { newId } = require('./ids');

const ticketKey = (id) => `t:${id}`;
const orderKey = (id) => `o:${id}`;
const forSaleKey = 'for_sale';
const deadlinesKey = 'deadlines';

const scripts = {
  createTicket: {
    numberOfKeys: 2, // ticket, for sale
    lua: `redis.call('HSET', KEYS[1], 'title', ARGV[2], 'cents', ARGV[3], 'user', ARGV[4],
            'version', 0, 'seq', redis.call('INCR', 'seq'))
          return redis.call('ZADD', KEYS[2], redis.call('HGET', KEYS[1], 'seq'), ARGV[1])`,
  },
  reserve: {
    numberOfKeys: 4, // ticket, order, for sale, deadlines
    lua: `local t = redis.call('HMGET', KEYS[1], 'title', 'cents', 'order')
          if not t[1] then return 'not_found' end
          if t[3] then return 'reserved' end
          local version = redis.call('HINCRBY', KEYS[1], 'version', 1)
          redis.call('HSET', KEYS[1], 'order', ARGV[2])
          redis.call('HSET', KEYS[2], 'user', ARGV[3], 'status', 'created', 'expires', ARGV[4],
            'ticket', ARGV[1], 'cents', t[2], 'version', 0)
          redis.call('ZREM', KEYS[3], ARGV[1])
          redis.call('ZADD', KEYS[4], ARGV[4], ARGV[2])
          return {t[1], t[2], version}`,
  },
  release: {
    numberOfKeys: 3, // order, for sale, deadlines
    lua: `local o = redis.call('HMGET', KEYS[1], 'user', 'status', 'ticket')
          if not o[1] then return 'not_found' end
          if ARGV[2] ~= '' and o[1] ~= ARGV[2] then return 'not_owner' end
          if o[2] == 'cancelled' then return 'ok' end
          local ticket = 't:' .. o[3]
          redis.call('HSET', KEYS[1], 'status', 'cancelled')
          redis.call('HINCRBY', KEYS[1], 'version', 1)
          redis.call('HDEL', ticket, 'order')
          redis.call('HINCRBY', ticket, 'version', 1)
          redis.call('ZADD', KEYS[2], redis.call('HGET', ticket, 'seq'), o[3])
          redis.call('ZREM', KEYS[3], ARGV[1])
          return 'ok'`,
  },
};

function ticketOf(id, [title, cents, userId, version, orderId]) {
  const ticket = { title, price: Number(cents) / 100, userId, version: Number(version), id };
  if (orderId) ticket.orderId = orderId;
  return ticket;
}

class RedisStore {
  constructor(redis) {
    this.redis = redis;
  }

  async ticket(id) {
    const row = await this.redis.hmget(
      ticketKey(id), 'title', 'cents', 'user', 'version', 'order');
    return row[0] === null ? { refused: 'not_found' } : ticketOf(id, row);
  }

  async ticketsForSale(limit) {
    const ids = await this.redis.zrange(forSaleKey, 0, limit - 1);
    return Promise.all(ids.map((id) => this.ticket(id)));
  }

  async createTicket(userId, { title, cents }) {
    const id = newId();
    await this.redis.createTicket(ticketKey(id), forSaleKey, id, title, cents, userId);
    return { title, price: cents / 100, userId, version: 0, id };
  }

  async reserve(ticketId, userId, expiresAt) {
    const id = newId();
    const result = await this.redis.reserve(
      ticketKey(ticketId), orderKey(id), forSaleKey, deadlinesKey,
      ticketId, id, userId, expiresAt.getTime());
    if (!Array.isArray(result)) return { refused: result };
    const [title, cents, version] = result;
    const ticket = { title, price: Number(cents) / 100, version, id: ticketId };
    return { userId, status: 'created', expiresAt, ticket, version: 0, id };
  }

  async cancel(id, userId) {
    const result = await this.redis.release(orderKey(id), forSaleKey, deadlinesKey, id, userId);
    return result === 'ok' ? {} : { refused: result };
  }

  async expireOrders(now) {
    const overdue = await this.redis.zrangebyscore(deadlinesKey, 0, now.getTime());
    for (const id of overdue)
      await this.redis.release(orderKey(id), forSaleKey, deadlinesKey, id, '');
  }
}

async function openRedisStore() {
  // What one turn of the event loop asks is sent as one pipeline.
  const redis = new Redis({ path: process.env.REDIS_SOCKET, enableAutoPipelining: true, scripts });
  await redis.ping();
  return new RedisStore(redis);
}

module.exports = { openRedisStore };
