import net from 'node:net';
import http from 'node:http';
import tls from 'node:tls';
import { describe, expect, it } from 'vitest';
import { SlipwayError, isSlipwayError } from '../../../src/core/errors.js';
import { findEngine } from '../../../src/engine/endpoint/find-engine.js';
import { describeProbeFailure } from '../../../src/engine/endpoint/outcome.js';
import { Machine } from './endpoint-machine.js';

const PATH = '/var/run/docker.sock';

/** What a search says about the only address it was given. */
async function outcomeAt(machine: Machine, dockerHost = `unix://${PATH}`): Promise<string> {
  const found: unknown = await findEngine({
    dockerHost,
    environment: machine.environment(),
    probe: machine.probe,
    probeTimeoutMs: 5000,
  }).catch((error: unknown) => error);
  if (!isSlipwayError(found, 'ENGINE_UNREACHABLE')) throw found;
  return found.context.tried[0]?.outcome ?? '';
}

/** A server that says this as soon as somebody connects, and hangs up. */
const saying = (text: string) => net.createServer((socket) => socket.end(text));

describe('what is said about a place where no engine answers', () => {
  it('no socket there', async () => {
    expect(await outcomeAt(await Machine.create())).toBe('no socket there');
  });

  it.each(['a plain file', 'a folder'])('not a socket, for %s', async (what) => {
    const machine = await Machine.create();
    await machine.write(what === 'a folder' ? `${PATH}/x` : PATH, '');
    expect(await outcomeAt(machine)).toBe('not a socket');
  });

  it('no socket there, below a plain file', async () => {
    const machine = await Machine.create();
    await machine.write('/var/run', '');
    expect(await outcomeAt(machine)).toBe('no socket there');
  });

  it('nothing is listening, for a socket its engine left behind', async () => {
    const machine = await Machine.create();
    await machine.deadSocket(PATH);
    expect(await outcomeAt(machine)).toBe('nothing is listening');
  });

  it('nothing is listening, for a port that was closed', async () => {
    const machine = await Machine.create();
    const server = net.createServer();
    const port = await machine.serveTcp(server);
    await new Promise((resolve) => server.close(resolve));
    expect(await outcomeAt(machine, `tcp://127.0.0.1:${port}`)).toBe('nothing is listening');
  });

  it.each([
    ['an SSH server', saying('SSH-2.0-OpenSSH_9.6\r\n')],
    ['a web server', http.createServer((_request, response) => response.end('hello'))],
    ['a web server without such a page', http.createServer((_q, r) => r.writeHead(404).end())],
  ])('something answered that is not a container engine, for %s', async (_what, server) => {
    const machine = await Machine.create();
    await machine.serve(PATH, server);
    expect(await outcomeAt(machine)).toBe('something answered that is not a container engine');
  });

  it.each([
    [500, 'it answered HTTP 500'],
    [503, 'it answered HTTP 503'],
    [401, 'access was refused (HTTP 401)'],
    [403, 'access was refused (HTTP 403)'],
  ])('HTTP status %i', async (status, outcome) => {
    const machine = await Machine.create();
    await machine.serve(
      PATH,
      http.createServer((_request, response) => response.writeHead(status).end()),
    );
    expect(await outcomeAt(machine)).toBe(outcome);
  });

  it('the connection was closed without an answer', async () => {
    const machine = await Machine.create();
    await machine.serve(
      PATH,
      net.createServer((socket) => socket.destroy()),
    );
    expect(await outcomeAt(machine)).toBe('the connection was closed without an answer');
  });

  it('the server does not speak TLS', async () => {
    const machine = await Machine.create();
    const port = await machine.serveTcp(saying('HTTP/1.1 400 Bad Request\r\n\r\n'));
    expect(describeProbeFailure(await handshakeError(port))).toBe(
      'the TLS connection failed (the server does not speak TLS)',
    );
  });

  it('the TLS connection failed, for a server that cannot agree on a cipher', async () => {
    const machine = await Machine.create();
    const port = await machine.serveTcp(tls.createServer());
    expect(describeProbeFailure(await handshakeError(port))).toMatch(
      /^the TLS connection failed \(ERR_SSL_\w+\)$/,
    );
  });
});

describe('describeProbeFailure', () => {
  const coded = (code: string) => Object.assign(new Error(`connect ${code}`), { code });

  it.each([
    ['EACCES', 'permission denied'],
    ['EPERM', 'permission denied'],
    ['ENOTSOCK', 'not a socket'],
    ['EPROTOTYPE', 'not a socket'],
    ['ENOTFOUND', 'no such host name'],
    ['EAI_AGAIN', 'the host name could not be looked up'],
    ['EHOSTUNREACH', 'the host cannot be reached'],
    ['ENETUNREACH', 'the network cannot be reached'],
    ['ETIMEDOUT', 'the connection timed out'],
    ['CERT_HAS_EXPIRED', 'the TLS connection failed (CERT_HAS_EXPIRED)'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'the TLS connection failed (DEPTH_ZERO_SELF_SIGNED_CERT)'],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'the TLS connection failed (SELF_SIGNED_CERT_IN_CHAIN)'],
    [
      'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
      'the TLS connection failed (UNABLE_TO_VERIFY_LEAF_SIGNATURE)',
    ],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'the TLS connection failed (ERR_TLS_CERT_ALTNAME_INVALID)'],
    ['EMFILE', 'failed (EMFILE)'],
    ['constructor', 'failed (constructor)'],
  ])('says of %s: %s', (code, outcome) => {
    expect(describeProbeFailure(coded(code))).toBe(outcome);
  });

  it('finds the system error inside errors of ours', () => {
    const lost = new SlipwayError('ENGINE_LOST', {
      message: 'The connection broke.',
      hint: '',
      context: { operation: 'ping' },
      cause: coded('ECONNREFUSED'),
    });
    const outer = new SlipwayError('ENGINE_UNREACHABLE', {
      message: 'Not reachable.',
      hint: '',
      context: { tried: [] },
      cause: lost,
    });
    expect(describeProbeFailure(outer)).toBe('nothing is listening');
  });

  it('tells the deadline of a transport that gave up by itself', () => {
    const timeout = new SlipwayError('ENGINE_TIMEOUT', {
      message: 'late',
      hint: '',
      context: { operation: 'ping', deadlineMs: 1500 },
    });
    expect(describeProbeFailure(timeout)).toBe('no answer within 1500 ms');
  });

  it('sees that dockerd was asked without TLS on its TLS port', () => {
    const refused = new SlipwayError('ENGINE_ERROR', {
      message: 'refused',
      hint: '',
      context: {
        operation: 'ping',
        status: 400,
        detail: 'Client sent an HTTP request to an HTTPS server.',
      },
    });
    expect(describeProbeFailure(refused)).toBe('it speaks TLS only');
  });

  it('repeats an error of ours that has no cause', () => {
    const unsupported = new SlipwayError('ENGINE_UNSUPPORTED', {
      message: 'The engine speaks API 1.24; Slipway needs 1.41.',
      hint: '',
      context: { apiVersion: '1.24', supported: '1.41' },
    });
    expect(describeProbeFailure(unsupported)).toBe(
      'The engine speaks API 1.24; Slipway needs 1.41.',
    );
  });

  it.each([
    [
      new Error('ssh: Could not resolve hostname build\r\n\u001b[31mred'),
      'ssh: Could not resolve hostname build [31mred',
    ],
    [new Error(' \n'), 'failed without a reason'],
    ['text', 'text'],
    [undefined, 'undefined'],
    [new Error('x'.repeat(500)), `${'x'.repeat(160)}…`],
  ])('puts %s into one short line', (error, outcome) => {
    expect(describeProbeFailure(error)).toBe(outcome);
  });
});

function handshakeError(port: number): Promise<unknown> {
  return new Promise((resolve) => {
    const socket = tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false });
    socket.once('error', resolve);
    socket.once('secureConnect', () => resolve(new Error('the handshake succeeded')));
  });
}
