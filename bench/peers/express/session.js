'use strict';
// Who is asking: a JWT (HS256) in the cookie of cookie-session, or as a bearer token. Whatever
// cannot be verified is signed out.
const { createSecretKey } = require('node:crypto');
const jwt = require('jsonwebtoken');

const cookiePattern = /(?:^|;\s*)(?:express:sess|session)=([A-Za-z0-9+/=]+)/;

function tokenOf(request) {
  const { authorization, cookie } = request.headers;
  if (authorization && authorization.startsWith('Bearer ')) return authorization.slice(7);
  const match = cookie && cookiePattern.exec(cookie);
  return match && JSON.parse(Buffer.from(match[1], 'base64').toString()).jwt;
}

function createSessions(key) {
  const secret = createSecretKey(Buffer.from(key)); // once: not for each request
  const options = { algorithms: ['HS256'] };
  return function userOf(request) {
    try {
      const token = tokenOf(request);
      return token ? jwt.verify(token, secret, options) : null;
    } catch {
      return null;
    }
  };
}

module.exports = { createSessions };
