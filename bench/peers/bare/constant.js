'use strict';
// The least that a Node server can do: one process, node:http, a constant. PORT comes from the
// environment.
const http = require('node:http');

const body = JSON.stringify({
  title: 'Concert at the harbour, row 42 seat 420', price: 123.45, userId: '5f0c5a2b1d3e4f5a6b7c8d9e',
  version: 3, id: '5f0c5a2b1d3e4f5a6b7c8d9f',
});
const headers = {
  'Content-Type': 'application/json; charset=utf-8',
  'Content-Length': Buffer.byteLength(body),
};

const server = http.createServer((request, response) => {
  response.writeHead(200, headers);
  response.end(body);
});
server.keepAliveTimeout = 75_000;
server.listen({ port: Number(process.env.PORT), host: '127.0.0.1', backlog: 4096 });
