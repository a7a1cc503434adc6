'use strict';
// The course's stack as one service: Express in one process per core (node:cluster), over the store
// that STORE names: "postgres" or "redis". Settings come from the environment.
const cluster = require('node:cluster');
const os = require('node:os');

const { createApp } = require('./app');
const { createSessions } = require('./session');

const stores = {
  postgres: () => require('./postgres_store').openPostgresStore(),
  redis: () => require('./redis_store').openRedisStore(),
};
const expiryPauseMs = 1000;

function fail(message) {
  console.error(message);
  process.exit(2);
}

const openStore = stores[process.env.STORE] || fail('STORE must be postgres or redis');
const port = Number(process.env.PORT) || fail('PORT must be set');
const key = process.env.JWT_KEY || fail('JWT_KEY must be set');
const workers = Number(process.env.WORKERS) || os.availableParallelism();

// The primary only starts the workers and ends reservations whose deadline has passed.
async function runPrimary() {
  const store = await openStore();
  for (let i = 0; i < workers; i += 1) cluster.fork();
  cluster.on('exit', (worker, code) => {
    if (!worker.exitedAfterDisconnect) fail(`worker ${worker.process.pid} ended with ${code}`);
  });
  const expiry = setInterval(() => {
    store.expireOrders(new Date()).catch((error) => console.error(error));
  }, expiryPauseMs);
  process.on('SIGTERM', () => {
    clearInterval(expiry);
    const running = Object.values(cluster.workers); // disconnect() takes them out of cluster.workers
    cluster.disconnect(() => process.exit(0));
    for (const worker of running) worker.process.kill('SIGTERM');
  });
}

async function runWorker() {
  const app = createApp(await openStore(), createSessions(key));
  const server = app.listen({ port, host: '127.0.0.1', backlog: 4096 });
  server.keepAliveTimeout = 75_000;
  process.on('SIGTERM', () => process.exit(0));
}

(cluster.isPrimary ? runPrimary() : runWorker()).catch((error) => fail(error.stack));
