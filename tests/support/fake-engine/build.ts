/** The classic builder, as far as the contract suite goes: FROM, ARG, COPY and RUN. */
import { Readable } from 'node:stream';
import { z } from 'zod';
import { Refusal, sendLine, type Exchange } from './http.js';
import type { FakeImages } from './images.js';
import { Program, type ProgramFile } from './program.js';
import { readTar } from './tar.js';

const stringMap = z.record(z.string(), z.string());

interface Build {
  readonly exchange: Exchange;
  readonly context: ReadonlyMap<string, ProgramFile>;
  readonly files: Map<string, ProgramFile>;
  readonly environment: Record<string, string>;
}

export async function build(images: FakeImages, exchange: Exchange): Promise<void> {
  const { query, request, response } = exchange;
  const context = await readTar(request);
  const name = query.get('dockerfile') ?? 'Dockerfile';
  const dockerfile = context.get(name)?.content.toString('utf8');
  if (dockerfile === undefined) {
    throw new Refusal(500, `Cannot locate specified Dockerfile: ${name}`);
  }
  const steps = dockerfile.split('\n').filter((line) => line.trim() !== '');
  const wrong = steps.find((step) => !/^(FROM|ARG|COPY|RUN) /.test(step));
  if (wrong !== undefined) {
    throw new Refusal(400, `dockerfile parse error: unknown instruction: ${wrong}`);
  }
  response.writeHead(200, { 'Content-Type': 'application/json' });
  const running = { exchange, context, files: new Map<string, ProgramFile>(), environment: {} };
  for (const [index, step] of steps.entries()) {
    sendLine(response, { stream: `Step ${index + 1}/${steps.length} : ${step}\n` });
    const code = await execute(step, running, images);
    if (code !== 0) return failed(exchange, step, code);
  }
  const labels = stringMap.parse(JSON.parse(query.get('labels') ?? '{}'));
  const { files } = running;
  const image = images.add(
    { entrypoint: [], command: ['sh'], labels, files },
    query.get('t') ?? '',
  );
  sendLine(response, { aux: { ID: image.id } });
  sendLine(response, { stream: `Successfully built ${image.id.slice(7, 19)}\n` });
  response.end();
}

async function execute(step: string, running: Build, images: FakeImages): Promise<number> {
  const [, instruction = '', rest = ''] = /^(\S+)\s+(.*)$/.exec(step) ?? [];
  switch (instruction) {
    case 'FROM':
      for (const [path, file] of images.get(rest).files) running.files.set(path, file);
      return 0;
    case 'ARG':
      Object.assign(running.environment, buildArgument(running, rest));
      return 0;
    case 'COPY':
      return copy(running, rest);
    default:
      return run(running, rest);
  }
}

function buildArgument({ exchange }: Build, name: string): Record<string, string> {
  const given = stringMap.parse(JSON.parse(exchange.query.get('buildargs') ?? '{}'));
  return { [name]: given[name] ?? '' };
}

function copy({ context, files }: Build, rest: string): number {
  const [from = '', to = ''] = rest.split(/\s+/);
  const file = context.get(from);
  if (file === undefined) return 1;
  files.set(to, file);
  return 0;
}

async function run({ exchange, files, environment }: Build, script: string): Promise<number> {
  const write = (bytes: Buffer): void => sendLine(exchange.response, { stream: bytes.toString() });
  const world = { stdout: write, stderr: write, stdin: Readable.from([]), files, environment };
  const program = new Program(['sh', '-c', script], world);
  // As the engine does it: a client that goes away cancels its build.
  exchange.response.once('close', () => program.signal('SIGKILL'));
  return program.exitCode;
}

function failed({ response }: Exchange, step: string, code: number): void {
  const command = step.replace(/^RUN /, '');
  const message = `The command '/bin/sh -c ${command}' returned a non-zero code: ${code}`;
  sendLine(response, { errorDetail: { code, message }, error: message });
  response.end();
}
