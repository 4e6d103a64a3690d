import { expect, it } from 'vitest';
import { withCertificates } from '../../../bench/suites/client-certificates.mjs';

it("the certificates reach every step of every stage in the client's build as well", () => {
  const dockerfile = [
    'FROM node:24-slim AS build',
    'RUN --mount=type=cache,target=/root/.npm \\',
    '    npm ci',
    'FROM node:24-slim',
    'RUN true',
    '',
  ].join('\n');
  const mount = '--mount=type=secret,id=bench-ca,target=/run/bench-ca.pem,mode=0444';
  expect(withCertificates(dockerfile).split('\n')).toEqual([
    'FROM node:24-slim AS build',
    'ARG NODE_EXTRA_CA_CERTS=/run/bench-ca.pem',
    `RUN ${mount} --mount=type=cache,target=/root/.npm \\`,
    '    npm ci',
    'FROM node:24-slim',
    'ARG NODE_EXTRA_CA_CERTS=/run/bench-ca.pem',
    `RUN ${mount} true`,
    '',
  ]);
});
