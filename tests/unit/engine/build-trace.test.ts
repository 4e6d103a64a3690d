import protobuf from 'protobufjs';
import { describe, expect, it } from 'vitest';
import { BuildTrace } from '../../../src/engine/build-trace.js';
import type { BuildProgress } from '../../../src/engine/ports.js';

/** The real numbers of BuildKit's control.proto, with the fields that Slipway does not read. */
const { root } = protobuf.parse(`
syntax = "proto3";
message Timestamp { int64 seconds = 1; int32 nanos = 2; }
message StatusResponse { repeated Vertex vertexes = 1; repeated VertexStatus statuses = 2; repeated VertexLog logs = 3; repeated VertexWarning warnings = 4; }
message Vertex { string digest = 1; repeated string inputs = 2; string name = 3; bool cached = 4; Timestamp started = 5; Timestamp completed = 6; string error = 7; }
message VertexStatus { string ID = 1; string vertex = 2; string name = 3; int64 current = 4; int64 total = 5; }
message VertexWarning { string vertex = 1; int64 level = 2; bytes short = 3; repeated bytes detail = 4; string url = 5; }
message VertexLog { string vertex = 1; Timestamp timestamp = 2; int64 stream = 3; bytes msg = 4; }
`);
const statusType = root.lookupType('StatusResponse');

function trace(status: Record<string, unknown>): object {
  const encoded = statusType.encode(statusType.fromObject(status)).finish();
  return { id: 'moby.buildkit.trace', aux: Buffer.from(encoded).toString('base64') };
}

function vertex(digest: string, name: string, more: Record<string, unknown> = {}): object {
  return { digest, name, inputs: ['sha256:0'], started: { seconds: 1, nanos: 5 }, ...more };
}

function log(text: string | Uint8Array, of = 'v'): object {
  return { vertex: of, stream: 1, timestamp: { seconds: 2, nanos: 0 }, msg: Buffer.from(text) };
}

class Heard {
  readonly progress: BuildProgress[] = [];
  text = '';
  readonly trace = new BuildTrace(
    (progress) => this.progress.push(progress),
    (text) => {
      this.text += text;
    },
  );

  read(...lines: readonly unknown[]): this {
    for (const line of lines) this.trace.read(line);
    return this;
  }
}

describe('the trace of BuildKit', () => {
  it('announces each step once, with its number, and not what BuildKit does for itself', () => {
    const heard = new Heard().read(
      trace({ vertexes: [vertex('a', '[internal] load build definition from Dockerfile')] }),
      trace({ vertexes: [vertex('b', '[1/3] FROM docker.io/library/busybox:1.36')] }),
      trace({ vertexes: [vertex('c', '[2/3] COPY a.txt /a.txt')] }),
      trace({ vertexes: [vertex('c', '[2/3] COPY a.txt /a.txt', { completed: { seconds: 3 } })] }),
      trace({ vertexes: [vertex('d', '[stage-1 3/3] RUN make')] }),
      trace({ vertexes: [vertex('e', 'exporting to image')] }),
    );
    expect(heard.progress).toEqual([
      { step: 1, steps: 3, message: 'FROM docker.io/library/busybox:1.36', cached: false },
      { step: 2, steps: 3, message: 'COPY a.txt /a.txt', cached: false },
      { step: 3, steps: 3, message: 'RUN make', cached: false },
    ]);
  });

  it('announces a step when it begins, not when it is planned', () => {
    const planned = { digest: 'd', name: '[2/2] RUN make' };
    const heard = new Heard().read(trace({ vertexes: [planned] }));
    expect(heard.progress).toEqual([]);
    heard.read(trace({ vertexes: [vertex('d', '[2/2] RUN make')] }));
    expect(heard.progress).toEqual([{ step: 2, steps: 2, message: 'RUN make', cached: false }]);
  });

  it('keeps the log as text, which the engine sends as base64 of protobuf', () => {
    const heard = new Heard().read(
      trace({ vertexes: [vertex('d', '[2/2] RUN make')], logs: [log('grün\n')] }),
      trace({ logs: [log('done\n')] }),
    );
    expect(heard.text).toBe('[2/2] RUN make\ngrün\ndone\n');
  });

  it('says of a step that it was cached', () => {
    const heard = new Heard().read(
      trace({ vertexes: [vertex('d', '[2/2] RUN x', { cached: true })] }),
    );
    expect(heard.text).toBe('[2/2] RUN x (cached)\n');
  });

  it('keeps a step whose text has several lines', () => {
    const name = '[2/2] RUN <<EOF\nmake\nEOF';
    const heard = new Heard().read(trace({ vertexes: [vertex('d', name)] }));
    expect(heard.progress).toEqual([
      { step: 2, steps: 2, message: 'RUN <<EOF\nmake\nEOF', cached: false },
    ]);
  });

  it('names the step that failed, not those that were cancelled with it', () => {
    const error = 'process "/bin/sh -c exit 3" did not complete successfully: exit code: 3';
    const { trace: result } = new Heard().read(
      trace({ vertexes: [vertex('c', '[a 2/2] RUN exit 3'), vertex('d', '[b 2/2] RUN sleep 9')] }),
      trace({ vertexes: [vertex('c', '[a 2/2] RUN exit 3', { error })] }),
      trace({ vertexes: [vertex('d', '[b 2/2] RUN sleep 9', { error: 'context canceled' })] }),
      { errorDetail: { message: error }, error },
    );
    expect(result.step).toBe('[a 2/2] RUN exit 3');
    expect(result.failure).toEqual({ message: error, exitCode: 3 });
  });

  it('tells a step of the cache from one that runs', () => {
    const cached = vertex('c', '[1/2] RUN a', { cached: true, completed: { seconds: 1 } });
    const heard = new Heard().read(trace({ vertexes: [cached, vertex('d', '[2/2] RUN b')] }));
    expect(heard.progress.map((progress) => progress.cached)).toEqual([true, false]);
  });

  it('keeps the log of the failed step apart from what ran beside it', () => {
    const error = 'exit code: 1';
    const euro = Buffer.from('€');
    const { trace: result, text } = new Heard().read(
      trace({ vertexes: [vertex('c', '[a 2/2] RUN x'), vertex('d', '[b 2/2] RUN y')] }),
      trace({ logs: [log(euro.subarray(0, 1), 'c'), log('noise\n', 'd')] }),
      trace({ logs: [log(euro.subarray(1), 'c'), log('cause\n', 'c'), log('noise\n', 'd')] }),
      trace({ vertexes: [vertex('c', '[a 2/2] RUN x', { error, completed: { seconds: 3 } })] }),
      trace({ vertexes: [vertex('d', '[b 2/2] RUN y', { error: 'context canceled' })] }),
    );
    expect(result.failedLog).toBe('€cause');
    expect(text).toContain('noise\n€cause\nnoise\n');
  });

  it('keeps no log of steps that are done', () => {
    const steps = Array.from({ length: 200 }, (_, i) => `step${i}`);
    const heard = new Heard();
    for (const step of steps) heard.read(trace({ logs: [log(`${step} wrote this\n`, step)] }));
    heard.read(trace({ vertexes: [vertex('step0', '[1/2] RUN a', { error: 'exit code: 1' })] }));
    expect(heard.trace.failedLog).toBe('');
    const done = vertex('step199', '[2/2] RUN b', { completed: { seconds: 3 } });
    heard.read(trace({ vertexes: [done] }));
    heard.read(trace({ vertexes: [vertex('step199', '[2/2] RUN b', { error: 'late' })] }));
    expect(heard.trace.failedLog).toBe('');
  });

  it('hands on warnings once, with where to read more, and nothing that steers a terminal', () => {
    const url = 'https://docs.example/rule';
    const short = Buffer.from('Maintainer is \u001b[31mdeprecated\u001b[0m (line 2)');
    const warning = { vertex: 'v', level: 1, short, url, detail: [Buffer.from('more')] };
    const { trace: result } = new Heard().read(
      trace({ warnings: [warning] }),
      trace({ warnings: [warning, { ...warning, short: Buffer.from('plain'), url: '' }] }),
      trace({ vertexes: [vertex('w', '[Warning] One or more build-args [A] were not consumed')] }),
    );
    expect(result.warnings).toEqual([
      'Maintainer is deprecated (line 2) (https://docs.example/rule)',
      'plain',
      'One or more build-args [A] were not consumed',
    ]);
  });

  it('keeps a bounded number of bounded warnings', () => {
    const warnings = Array.from({ length: 1000 }, (_, i) => ({
      vertex: 'v',
      short: Buffer.from(`${i} ${'x'.repeat(5000)}`),
    }));
    const { trace: result } = new Heard().read(trace({ warnings }));
    expect(result.warnings).toHaveLength(50);
    expect(result.warnings[49]).toHaveLength(500);
  });

  it("knows the image by BuildKit's own line", () => {
    const id = `sha256:${'a'.repeat(64)}`;
    const { trace: result } = new Heard().read({ id: 'moby.image.id', aux: { ID: id } });
    expect(result.imageId).toBe(id);
    expect(result.failure).toBeUndefined();
  });

  it.each(['', 'not base64 !', Buffer.from('not protobuf').toString('base64')])(
    'is not taken for anything when it cannot be read (%j)',
    (aux) => {
      const heard = new Heard();
      let thrown: unknown;
      try {
        heard.read({ id: 'moby.buildkit.trace', aux });
      } catch (error) {
        thrown = error;
      }
      expect(heard.progress).toEqual([]);
      expect(heard.trace.imageId).toBeUndefined();
      expect(thrown === undefined || thrown instanceof Error).toBe(true);
    },
  );
});

describe('the lines of the classic builder', () => {
  it('announce steps and make the log', () => {
    const heard = new Heard().read(
      { stream: 'Step 1/2 : FROM busybox:1.36' },
      { stream: '\n' },
      { stream: ' ---> 3fb10f6ce9c8\n' },
      { stream: 'Step 2/2 : RUN echo hi\n' },
      { stream: 'hi\n' },
      { aux: { ID: 'sha256:0' } },
      { stream: 'Successfully built 0\n' },
    );
    expect(heard.progress).toEqual([
      { step: 1, steps: 2, message: 'FROM busybox:1.36', cached: false },
      { step: 2, steps: 2, message: 'RUN echo hi', cached: false },
    ]);
    expect(heard.text).toContain('hi\n');
    expect(heard.trace.imageId).toBe('sha256:0');
  });

  it.each([
    [
      '[Warning] One or more build-args [A] were not consumed\n',
      'One or more build-args [A] were not consumed',
    ],
    [' ---> [Warning] The platform does not match\n', 'The platform does not match'],
  ])('hand on warnings: %j', (stream, warning) => {
    expect(new Heard().read({ stream }).trace.warnings).toEqual([warning]);
  });

  it('of a program that writes the word are no warnings', () => {
    const { trace: result } = new Heard().read({ stream: 'npm [Warning] old\n' });
    expect(result.warnings).toEqual([]);
  });

  it('of Podman are read as well', () => {
    const heard = new Heard().read({ stream: 'STEP 2/3: RUN make\n' });
    expect(heard.progress).toEqual([{ step: 2, steps: 3, message: 'RUN make', cached: false }]);
  });

  it.each([
    "The command '/bin/sh -c exit 3' returned a non-zero code: 3",
    'building at STEP "RUN exit 3": while running runtime: exit status 3\n',
  ])('tell the step and the exit code of a failure: %s', (message) => {
    const { trace: result } = new Heard().read(
      { stream: 'Step 2/2 : RUN exit 3\n' },
      { errorDetail: { code: 3, message }, error: message },
    );
    expect(result.step).toBe('RUN exit 3');
    expect(result.failure).toEqual({ message, exitCode: 3 });
  });

  it.each([
    [{ errorDetail: { message: 'new' }, error: 'old' }, 'new', null],
    [{ error: 'old' }, 'old', null],
    [{ errorDetail: { code: 7 }, error: 'old' }, 'old', 7],
  ])('carry the failure in one of two fields: %j', (line, message, exitCode) => {
    expect(new Heard().read(line).trace.failure).toEqual({ message, exitCode });
  });

  it('keep the first failure', () => {
    const { trace: result } = new Heard().read({ error: 'first' }, { error: 'second' });
    expect(result.failure?.message).toBe('first');
  });

  it.each([5, null, 'text', [], { stream: 7 }, { aux: { ID: 7 } }])('pass over %j', (line) => {
    const heard = new Heard().read(line);
    expect(heard.progress).toEqual([]);
    expect(heard.text).toBe('');
    expect(heard.trace.imageId).toBeUndefined();
  });
});
