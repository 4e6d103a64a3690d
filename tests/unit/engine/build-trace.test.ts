import protobuf from 'protobufjs';
import { describe, expect, it } from 'vitest';
import { BuildTrace } from '../../../src/engine/build-trace.js';
import type { BuildProgress } from '../../../src/engine/ports.js';

/** The real numbers of BuildKit's control.proto, with the fields that Slipway does not read. */
const { root } = protobuf.parse(`
syntax = "proto3";
message Timestamp { int64 seconds = 1; int32 nanos = 2; }
message StatusResponse { repeated Vertex vertexes = 1; repeated VertexStatus statuses = 2; repeated VertexLog logs = 3; }
message Vertex { string digest = 1; repeated string inputs = 2; string name = 3; bool cached = 4; Timestamp started = 5; Timestamp completed = 6; string error = 7; }
message VertexStatus { string ID = 1; string vertex = 2; string name = 3; int64 current = 4; int64 total = 5; }
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

function log(text: string | Uint8Array): object {
  return { vertex: 'v', stream: 1, timestamp: { seconds: 2, nanos: 0 }, msg: Buffer.from(text) };
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
      { step: 1, steps: 3, message: 'FROM docker.io/library/busybox:1.36' },
      { step: 2, steps: 3, message: 'COPY a.txt /a.txt' },
      { step: 3, steps: 3, message: 'RUN make' },
    ]);
  });

  it('announces a step when it begins, not when it is planned', () => {
    const planned = { digest: 'd', name: '[2/2] RUN make' };
    const heard = new Heard().read(trace({ vertexes: [planned] }));
    expect(heard.progress).toEqual([]);
    heard.read(trace({ vertexes: [vertex('d', '[2/2] RUN make')] }));
    expect(heard.progress).toEqual([{ step: 2, steps: 2, message: 'RUN make' }]);
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
    expect(heard.progress).toEqual([{ step: 2, steps: 2, message: 'RUN <<EOF\nmake\nEOF' }]);
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
      { step: 1, steps: 2, message: 'FROM busybox:1.36' },
      { step: 2, steps: 2, message: 'RUN echo hi' },
    ]);
    expect(heard.text).toContain('hi\n');
    expect(heard.trace.imageId).toBe('sha256:0');
  });

  it('of Podman are read as well', () => {
    const heard = new Heard().read({ stream: 'STEP 2/3: RUN make\n' });
    expect(heard.progress).toEqual([{ step: 2, steps: 3, message: 'RUN make' }]);
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
