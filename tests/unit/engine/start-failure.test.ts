import { describe, expect, it } from 'vitest';
import { isSlipwayError } from '../../../src/core/errors.js';
import { engineLost, engineTimeout, statusError } from '../../../src/engine/map-error.js';
import {
  attachFailure,
  createFailure,
  launchFailure,
  startFailure,
} from '../../../src/engine/start-failure.js';
import { specOf } from '../../support/container-spec.js';
import { textWith } from '../../support/matchers.js';

const SPEC = specOf(`sha256:${'a'.repeat(64)}`, { command: ['tool', '-v'] });
const RUNC =
  'failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: ';
const CRUN = 'crun: ';

function told(status: number, detail: string) {
  const error = startFailure(statusError('start container', status, detail), SPEC);
  if (isSlipwayError(error, 'START_FAILED')) return error;
  throw new Error('the failure is something else', { cause: error });
}

describe('a start that the engine refuses', () => {
  it.each([
    [400, `${RUNC}exec: "tool": executable file not found in $PATH: unknown`, 127, 'not found'],
    [400, `${RUNC}exec: "/opt/tool": stat /opt/tool: no such file or directory`, 127, 'not found'],
    [400, `${RUNC}exec: "/bin": permission denied: unknown`, 126, 'not executable'],
    [400, `${RUNC}exec: "/bin": is a directory: unknown`, 126, 'a directory'],
    [400, `${RUNC}exec /opt/tool: exec format error`, 126, 'not a program of this platform'],
    [500, `${CRUN}executable file \`tool\` not found in $PATH: No such file`, 127, 'not found'],
    [500, `${CRUN}open executable: Permission denied`, 126, 'not executable'],
  ])('names what is wrong with the program (%i, %s)', (status, detail, exitCode, reason) => {
    const error = told(status, detail);
    expect(error.context).toEqual({ image: SPEC.imageId, exitCode, reason });
    expect(error.message).toBe(`The container could not start: "tool" is ${reason}.`);
  });

  it.each([
    [404, 'network slipway-nosuch not found'],
    [500, 'unable to find user nosuchuser: no matching entries in passwd file'],
    [500, `${RUNC}error mounting "/x" to rootfs at "/y": not a directory: unknown`],
    [409, 'cannot start a paused container'],
  ])(
    "does not blame the program for something else, but gives the engine's words (%i, %s)",
    (status, detail) => {
      const error = told(status, detail);
      expect(error.context).toEqual({ image: SPEC.imageId, exitCode: null, reason: detail });
      expect(error.message).toBe(`The container could not start: ${detail}.`);
      expect(error.hint).not.toContain('program');
    },
  );

  it('says that the engine has no GPUs', () => {
    const refusal = statusError(
      'start container',
      500,
      'could not select device driver "" with capabilities: [[gpu]]',
    );
    expect(startFailure(refusal, SPEC)).toMatchObject({
      code: 'ENGINE_CANNOT_ENFORCE',
      message: 'The container engine does not have GPUs. Nothing was run.',
    });
  });

  it('leaves other errors what they are', () => {
    for (const error of [
      engineLost('start container'),
      engineTimeout('start container', 1),
      statusError('start container', 500, 'no space left on device'),
    ]) {
      expect(startFailure(error, SPEC)).toBe(error);
    }
  });
});

describe('an error answer to attach', () => {
  it('is a failed start when the engine prepared the container for it', () => {
    const detail = `preparing container ${'a'.repeat(64)} for attach: unable to find user nobody-here`;
    expect(attachFailure(statusError('attach', 500, detail), SPEC)).toMatchObject({
      code: 'START_FAILED',
      message: textWith('unable to find user nobody-here'),
    });
  });

  it('is what it is otherwise', () => {
    for (const error of [statusError('attach', 404, 'No such container'), engineLost('attach')]) {
      expect(attachFailure(error, SPEC)).toBe(error);
    }
  });
});

describe("what a container's init says", () => {
  it.each([
    [127, '[FATAL tini (7)] exec tool failed: No such file or directory\n', 'not found'],
    [126, '[FATAL tini (7)] exec /bin failed: Permission denied\n', 'not executable'],
    [
      1,
      '[FATAL tini (8)] exec /bin/x/y failed: Not a directory\n',
      'not executable (Not a directory)',
    ],
    [
      1,
      '[FATAL tini (7)] exec /opt/tool failed: Exec format error\n',
      'not a program of this platform',
    ],
    [
      1,
      '[FATAL tini (7)] exec tool failed: Argument list too long',
      'not executable (Argument list too long)',
    ],
    [127, '[FATAL tini (7)] exec a\nb failed: No such file or directory\n', 'not found'],
    [
      1,
      'ERROR (catatonit:2): failed to exec pid1: Exec format error\n',
      'not a program of this platform',
    ],
  ])('is why the program did not run (exit code %i, %j)', (exitCode, stderr, reason) => {
    const error = launchFailure(exitCode, stderr, SPEC);
    expect(error?.context).toEqual({ image: SPEC.imageId, exitCode, reason });
    expect(error?.message).toContain('"tool"');
  });

  it.each([
    [0, '[FATAL tini (7)] exec tool failed: No such file or directory\n'],
    [3, '[FATAL tini (7)] exec tool failed: No such file or directory\n'],
    [127, 'sh: nonesuch: not found\n'],
    [127, 'before\n[FATAL tini (7)] exec tool failed: No such file or directory\n'],
    [127, '[FATAL tini (7)] exec tool failed: No such file or directory\nafter\n'],
    [127, ''],
  ])('is not assumed when a program may have written it (exit code %i, %j)', (exitCode, stderr) => {
    expect(launchFailure(exitCode, stderr, SPEC)).toBeUndefined();
  });

  it.each([
    ['No such file or directory', 127, 'not found'],
    ['Permission denied', 126, 'not executable'],
  ])("has the exit code of Docker's init when Podman's says %s", (why, exitCode, reason) => {
    const stderr = `ERROR (catatonit:2): failed to exec pid1: ${why}\n`;
    expect(launchFailure(1, stderr, SPEC)?.context).toMatchObject({ exitCode, reason });
  });

  it("says that it is the image's own program when no other was asked for", () => {
    const stderr = '[FATAL tini (7)] exec tool failed: No such file or directory\n';
    const error = launchFailure(127, stderr, { ...SPEC, command: undefined });
    expect(error?.message).toContain("the image's own program is not found");
  });
});

describe('a create that the engine refuses', () => {
  it('with 404 means that the image went away', () => {
    const error = createFailure(statusError('create container', 404, 'No such image'), SPEC);
    expect(error).toMatchObject({ code: 'IMAGE_NOT_FOUND', context: { image: SPEC.imageId } });
  });

  it('otherwise stays what it is', () => {
    const error = statusError('create container', 409, 'name in use');
    expect(createFailure(error, SPEC)).toBe(error);
  });
});
