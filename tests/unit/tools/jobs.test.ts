import { describe, expect, it } from 'vitest';
import type { CallOptions, DockerExecutionResult } from '../../../src/execution/types.js';
import { JobStore } from '../../../src/tools/jobs.js';
import { ALL_TOOLS } from '../../../src/tools/all-tools.js';
import { startable, TOOLS, TOOLSETS } from '../../../src/tools/registry.js';
import type { ToolProgress } from '../../../src/tools/progress.js';
import type { ToolContext } from '../../../src/tools/tool.js';
import { runResultOf } from '../../support/scripted-executor.js';
import { call, contextOf } from './tool-context.js';

const RUN = { tool: 'execute_docker_container', arguments: { image: 'busybox' } };

const JOB_TOOLS = ALL_TOOLS.filter(({ name }) => TOOLSETS.jobs.some((known) => known === name));

/** A session in which runs end when the test says so, or when they are aborted. */
function session() {
  const ending = new AbortController();
  const tracked: Promise<unknown>[] = [];
  const finishes: ((result: DockerExecutionResult) => void)[] = [];
  const aborted: string[] = [];
  let time = 0;
  const executeContainer = (_config: unknown, options: CallOptions = {}) =>
    new Promise<DockerExecutionResult>((resolve, reject) => {
      finishes.push(resolve);
      options.signal?.addEventListener('abort', () => {
        aborted.push(String(options.signal?.reason));
        reject(new Error('aborted'));
      });
      options.onEvent?.({ type: 'pulling', image: 'busybox', progress: null });
    });
  const jobs = new JobStore(
    {
      tools: startable([...TOOLS, ...JOB_TOOLS]),
      signal: ending.signal,
      track: (job) => tracked.push(job),
    },
    () => time,
  );
  const context = contextOf({ executeContainer }, { jobs });
  return {
    context,
    ending,
    tracked,
    aborted,
    finish: (index: number, result = runResultOf()) => finishes[index]?.(result),
    started: () => finishes.length,
    pass: (ms: number) => {
      time += ms;
    },
    start: async () => {
      const { output } = await call('start_job', RUN, context);
      return String(output['job_id']);
    },
    ask: async (tool: string, args: Readonly<Record<string, unknown>>, more = {}) =>
      call(tool, args, { ...context, ...more }),
  };
}

describe('start_job', () => {
  it('answers at once with a handle that cannot be guessed', async () => {
    const { context, started } = session();
    const { output, isError } = await call('start_job', RUN, context);
    expect(isError).toBe(false);
    expect(output).toMatchObject({
      success: true,
      error_message: null,
      tool: 'execute_docker_container',
      state: 'running',
    });
    expect(output['job_id']).toMatch(/^[0-9a-f]{32}$/);
    expect(started()).toBe(1);
  });

  it('refuses arguments in the words of the tool, and starts nothing', async () => {
    const { context, started } = session();
    const wrong = { image: 'busybox', timeout: 'long' };
    const direct = await call('execute_docker_container', wrong, context);
    const { output, isError } = await call('start_job', { ...RUN, arguments: wrong }, context);
    expect(isError).toBe(true);
    expect(output).toMatchObject({ job_id: null, state: null });
    expect(output['error_message']).toBe(direct.output['error_message']);
    expect(started()).toBe(0);
  });

  it('takes arguments as JSON text', async () => {
    const { context, started } = session();
    await call('start_job', { ...RUN, arguments: '{"image":"busybox"}' }, context);
    expect(started()).toBe(1);
  });

  it.each(['start_job', 'job_result', 'container_logs', 'no_such_tool'])(
    'does not start %s, which is not offered or is no work, and names what it can',
    async (tool) => {
      const { context } = session();
      const { output, isError } = await call('start_job', { tool, arguments: {} }, context);
      expect(isError).toBe(true);
      expect(output['error_message']).toContain(`tool: "${tool}" cannot be started as a job`);
      expect(output['error_message']).toContain('pull_docker_image');
      expect(output['error_message']).not.toContain('cancel_job');
    },
  );

  it('runs at most eight at once, and tells how to go on', async () => {
    const { context, start, finish, started } = session();
    const ids = await Promise.all(Array.from({ length: 8 }, start));
    expect(new Set(ids).size).toBe(8);
    const { output, isError } = await call('start_job', RUN, context);
    expect(isError).toBe(true);
    expect(output['error_message']).toMatch(/^8 jobs are running.*job_result.*cancel_job/);
    expect(started()).toBe(8);
    finish(0);
    await context.jobs.get(ids[0] ?? '')?.ended;
    expect((await call('start_job', RUN, context)).isError).toBe(false);
  });
});

describe('job_status', () => {
  it('tells what a job does and for how long', async () => {
    const { start, ask, pass } = session();
    const job_id = await start();
    pass(2500);
    const { output, isError } = await ask('job_status', { job_id });
    expect(isError).toBe(false);
    expect(output).toMatchObject({
      success: true,
      state: 'running',
      execution_time: 2.5,
      progress: 'Pulling busybox',
    });
  });

  it('shows text of a program on one line and without what steers a terminal', async () => {
    const script = { pullImage: () => new Promise<never>(() => undefined) };
    const context = contextOf(script);
    const tool = context.jobs.tools.find(({ name }) => name === 'pull_docker_image');
    if (tool === undefined) throw new Error('no tool to start');
    const hostile = {
      ...tool,
      call: (_args: unknown, { report }: ToolContext) => {
        report({ phase: 'Building', detail: `step 1/2 RUN \u001B[31mecho\na${'b'.repeat(500)}` });
        return new Promise<never>(() => undefined);
      },
    };
    const job = context.jobs.start(hostile, {}, context);
    const { output } = await call('job_status', { job_id: job?.id }, context);
    expect(output['progress']).toMatch(/^Building: step 1\/2 RUN echo ab+$/);
    expect(String(output['progress']).length).toBeLessThanOrEqual(200);
  });
});

describe('job_result', () => {
  it('gives what the tool would have answered, again and again', async () => {
    const { context, start, ask, finish } = session();
    const job_id = await start();
    finish(0);
    const direct = call('execute_docker_container', { image: 'busybox' }, context);
    finish(1);
    const { output, isError } = await ask('job_result', { job_id, wait: 50 });
    expect(isError).toBe(false);
    expect(output['result']).toEqual((await direct).output);
    expect(output).toMatchObject({ success: true, error_message: null, state: 'finished' });
    expect(await ask('job_result', { job_id })).toEqual({ output, isError, attachments: [] });
  });

  it('is an error where the call would have been one', async () => {
    const { start, ask, finish } = session();
    const job_id = await start();
    finish(0, runResultOf({ success: false, status: 'timed_out', exitCode: null }));
    const { output, isError } = await ask('job_result', { job_id, wait: 50 });
    expect(isError).toBe(true);
    expect(output).toMatchObject({ success: false, state: 'finished' });
    expect(output['error_message']).toMatch(/^Stopped after 300 s/);
    expect(output['result']).toMatchObject({ timed_out: true });
  });

  it('does not wait unless asked, and tells how to go on', async () => {
    const { start, ask } = session();
    const { output, isError } = await ask('job_result', { job_id: await start() });
    expect(isError).toBe(false);
    expect(output).toMatchObject({ success: false, state: 'running', result: null });
    expect(output['error_message']).toMatch(/still runs.*job_result again with wait 50/);
  });

  it('comes back when the time is up, and the job goes on', async () => {
    const { start, ask, finish } = session();
    const job_id = await start();
    const { output } = await ask('job_result', { job_id, wait: 0.01 });
    expect(output).toMatchObject({ state: 'running', result: null });
    finish(0);
    const later = await ask('job_result', { job_id, wait: 50 });
    expect(later.output).toMatchObject({ state: 'finished' });
  });

  it('passes on what the job does while it waits, and nothing afterwards', async () => {
    const { start, ask, finish } = session();
    const heard: ToolProgress[] = [];
    const job_id = await start();
    const waiting = ask(
      'job_result',
      { job_id, wait: 50 },
      { report: (p: ToolProgress) => heard.push(p) },
    );
    finish(0);
    await waiting;
    expect(heard).toEqual([{ phase: 'Pulling busybox' }]);
  });

  it('ends with its caller, and the job goes on', async () => {
    const { start, ask, finish, aborted } = session();
    const job_id = await start();
    const gone = new AbortController();
    const waiting = ask('job_result', { job_id, wait: 50 }, { signal: gone.signal });
    gone.abort(new Error('the client gave up'));
    await expect(waiting).rejects.toThrow('the client gave up');
    expect(aborted).toEqual([]);
    finish(0);
    const { output } = await ask('job_result', { job_id, wait: 50 });
    expect(output).toMatchObject({ state: 'finished' });
  });

  it('waits no longer than clients do', async () => {
    const { ask } = session();
    const { output, isError } = await ask('job_result', { job_id: 'x', wait: 51 });
    expect(isError).toBe(true);
    expect(output['error_message']).toContain('wait');
  });
});

describe('cancel_job', () => {
  it('ends the work and answers when it is over', async () => {
    const { start, ask, aborted } = session();
    const job_id = await start();
    const { output, isError } = await ask('cancel_job', { job_id });
    expect(isError).toBe(false);
    expect(output).toMatchObject({ success: true, state: 'cancelled' });
    expect(aborted).toEqual(['Error: The job was cancelled.']);
    const result = await ask('job_result', { job_id });
    expect(result).toMatchObject({ isError: true, output: { state: 'cancelled', result: null } });
    expect(result.output['error_message']).toContain('was cancelled');
  });

  it('changes nothing about a job that is over', async () => {
    const { start, ask, finish } = session();
    const job_id = await start();
    finish(0);
    await ask('job_result', { job_id, wait: 50 });
    const { output } = await ask('cancel_job', { job_id });
    expect(output).toMatchObject({ success: true, state: 'finished' });
    expect((await ask('job_result', { job_id })).output).toMatchObject({ success: true });
  });
});

describe('jobs', () => {
  it.each(['job_status', 'job_result', 'cancel_job'])(
    '%s says of an unknown handle what to do',
    async (tool) => {
      const { output, isError } = await session().ask(tool, { job_id: 'f'.repeat(32) });
      expect(isError).toBe(true);
      expect(output).toMatchObject({ success: false, state: null, job_id: 'f'.repeat(32) });
      expect(output['error_message']).toMatch(/^There is no job .*60 minutes.*start_job\.$/);
    },
  );

  it('are forgotten an hour after their end', async () => {
    const { start, ask, finish, pass, context } = session();
    const job_id = await start();
    pass(7_200_000);
    finish(0);
    await context.jobs.get(job_id)?.ended;
    pass(3_599_999);
    expect((await ask('job_result', { job_id })).output).toMatchObject({ execution_time: 7200 });
    pass(1);
    expect((await ask('job_result', { job_id })).isError).toBe(true);
  });

  it('are forgotten when twenty newer ones came, but not while they run', async () => {
    const { start, ask, finish, context } = session();
    const running = await start();
    const ids: string[] = [];
    for (let index = 1; index <= 20; index += 1) {
      ids.push(await start());
      finish(index);
      await context.jobs.get(ids.at(-1) ?? '')?.ended;
    }
    const [oldest, next] = ids;
    expect((await ask('job_status', { job_id: oldest })).isError).toBe(true);
    expect((await ask('job_status', { job_id: next })).isError).toBe(false);
    expect((await ask('job_status', { job_id: running })).output).toMatchObject({
      state: 'running',
    });
  });

  it('outlive the call that started them, and end with the session', async () => {
    const { context, ask, ending, tracked, aborted } = session();
    const gone = new AbortController();
    const { output } = await call('start_job', RUN, { ...context, signal: gone.signal });
    gone.abort(new Error('the call is over'));
    expect(aborted).toEqual([]);
    ending.abort(new Error('the session is over'));
    await Promise.all(tracked);
    expect(aborted).toEqual(['Error: the session is over']);
    const status = await ask('job_status', { job_id: output['job_id'] });
    expect(status.output).toMatchObject({ state: 'cancelled' });
  });
});
