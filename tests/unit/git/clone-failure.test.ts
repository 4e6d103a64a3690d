import { describe, expect, it } from 'vitest';
import { cloneError, missingRef, readFailure } from '../../../src/git/clone-failure.js';

const repository = { url: 'https://github.com/o/r', protocol: 'https', name: 'o/r' } as const;

describe('readFailure', () => {
  it.each([
    ["fatal: repository 'https://github.com/o/r/' not found", 'not_found'],
    [
      "fatal: could not read Username for 'https://github.com': terminal prompts disabled",
      'login_needed',
    ],
    [
      "fatal: unable to access 'https://h/o/r/': The requested URL returned error: 403",
      'login_needed',
    ],
    ["fatal: unable to access 'https://h/o/r/': The requested URL returned error: 301", 'redirect'],
    ["fatal: unable to access 'https://h/o/r/': The requested URL returned error: 503", 'network'],
    ["fatal: unable to access 'https://h/o/r/': Could not resolve host: h", 'network'],
    [
      "fatal: unable to access 'https://h/o/r/': Operation too slow. Less than 1000 bytes/sec",
      'network',
    ],
    [
      "fatal: unable to access 'https://h/': SSL certificate problem: self-signed certificate",
      'network',
    ],
    ['error: RPC failed; curl 18 transfer closed\nfatal: early EOF', 'network'],
    ['fatal: https://h/o/r/info/refs not valid: is this a git repository?', 'not_found'],
    [
      'warning: Could not find remote branch x\nfatal: Remote branch x not found in upstream origin',
      'ref_not_found',
    ],
    ['fatal: remote error: upload-pack: not our ref 0123456789', 'ref_not_found'],
    ['fatal: write error: No space left on device', 'disk_full'],
    ['git could not be started: spawn git ENOENT', 'git_missing'],
    ['fatal: something new', 'unknown'],
    ['', 'unknown'],
  ])('reads %j as %s', (stderr, reason) => {
    expect(readFailure(stderr).reason).toBe(reason);
  });

  it('does not believe what the server writes', () => {
    const stderr = 'remote: fatal: Remote branch x not found\nfatal: something new';
    expect(readFailure(stderr)).toEqual({ reason: 'unknown', words: 'something new' });
  });

  it('shows no credentials and no control characters, and cuts long lines', () => {
    const line = `fatal: via 'http://user:s3cr3t@proxy/' \u001B[31m${'x'.repeat(9000)}`;
    const { words } = readFailure(line);
    expect(words).not.toMatch(/s3cr3t|user/);
    expect(words).not.toContain('\u001B');
    expect(words.length).toBeLessThan(400);
  });
});

describe('the error for a failed clone', () => {
  it('says which repository, why, and what to do', () => {
    const error = cloneError(repository, readFailure("fatal: repository 'x' not found"));
    expect(error.message).toBe(
      'Could not clone https://github.com/o/r (repository not found or private).',
    );
    expect(error.hint).toBe('Check the URL. A private repository needs a token that may read it.');
    expect(error.context).toEqual({ repository: 'https://github.com/o/r', reason: 'not_found' });
  });

  it('names the branches there are when one is missing', () => {
    const error = missingRef(repository, { kind: 'name', name: 'mian' }, ['main', 'dev']);
    expect(error.message).toBe(
      'Branch or tag "mian" does not exist in https://github.com/o/r. Existing branches: main, dev.',
    );
  });

  it('explains that a short commit id is not enough', () => {
    expect(missingRef(repository, { kind: 'name', name: 'deadbee' }, []).hint).toMatch(/40 digits/);
  });

  it('says that our disk is full, which is no fault of the repository', () => {
    const error = cloneError(repository, readFailure('fatal: No space left on device'));
    expect(error).toMatchObject({ code: 'DISK_FULL', context: { where: 'local' } });
  });
});
