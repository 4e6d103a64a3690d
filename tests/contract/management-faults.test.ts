import { describe, expect, it, vi } from 'vitest';
import * as faults from '../support/fake-engine/faults.js';
import { textWith } from '../support/matchers.js';
import { FaultScene } from './fault-scene.js';

// Every wait in here has a bound of milliseconds: what takes longer than this hangs.
vi.setConfig({ testTimeout: 10_000 });

const WAITING = ['sh', '-c', 'echo ready; sleep 60'];
const WAITING_IGNORING_TERM = ['sh', '-c', 'trap "" TERM; echo ready; sleep 60'];
const ID = 'f'.repeat(64);

type Row = readonly [string, faults.Fault, string];

const BROKEN: readonly Row[] = [
  ['never answered', faults.neverAnswer, 'ENGINE_TIMEOUT'],
  ['answered by silence after the headers', faults.hangInsideBody, 'ENGINE_TIMEOUT'],
  ['cut off', faults.closeBeforeHeaders, 'ENGINE_LOST'],
  ['cut off inside the answer', faults.truncatedChunk, 'ENGINE_LOST'],
  ['answered with a page', faults.htmlError, 'ENGINE_ERROR'],
];

/** What is no list of containers, and what is no container. */
const OTHER_FORMS: readonly Row[] = [
  '<html></html>',
  '{"Id":7}',
  '[{"Id":7}]',
  '[7]',
  '"x"',
  'null',
].map((body) => [`answered with ${body}`, faults.answer(200, body), 'ENGINE_LOST']);

describe('a list of containers', () => {
  it.each<Row>([...BROKEN, ...OTHER_FORMS])('fails when it is %s', async (_, fault, code) => {
    const { fake, engine } = await FaultScene.open();
    fake.fail('list', fault);
    await expect(engine.containers.list({ all: true })).rejects.toMatchObject({ code });
  });

  it('takes a container of which the engine tells only the id', async () => {
    const { fake, engine } = await FaultScene.open();
    fake.fail('list', faults.answer(200, JSON.stringify([{ Id: ID, Names: null, Labels: null }])));
    expect(await engine.containers.list({ all: true })).toEqual([
      {
        id: ID,
        name: '',
        image: '',
        state: '',
        status: '',
        createdAt: new Date(0),
        ports: [],
        managed: false,
      },
    ]);
  });

  it('tells the ports, published or not, and the name that is its own', async () => {
    const { fake, engine } = await FaultScene.open();
    const Ports = [
      { IP: '127.0.0.1', PrivatePort: 80, PublicPort: 49153, Type: 'tcp' },
      { PrivatePort: 443, Type: 'udp' },
    ];
    const container = { Id: ID, Names: ['/web/alias', '/db'], Created: 1_800_000_000, Ports };
    fake.fail('list', faults.answer(200, JSON.stringify([container])));
    const [summary] = await engine.containers.list({ all: true });
    expect(summary).toMatchObject({
      name: 'db',
      createdAt: new Date('2027-01-15T08:00:00Z'),
      ports: [
        { containerPort: 80, protocol: 'tcp', hostPort: 49153, hostAddress: '127.0.0.1' },
        { containerPort: 443, protocol: 'udp', hostPort: null, hostAddress: null },
      ],
    });
  });
});

describe('stopping a container', () => {
  it.each<Row>([...BROKEN, ...OTHER_FORMS])(
    'fails when its state is %s',
    async (_, fault, code) => {
      const { fake, engine } = await FaultScene.open();
      fake.fail('inspect', fault);
      const stopping = engine.containers.stop(ID, { graceMs: 100 });
      await expect(stopping).rejects.toMatchObject({ code });
      expect(fake.count('kill')).toBe(0);
    },
  );

  it.each([
    ['is never answered', faults.neverAnswer],
    ['is refused', faults.refusal(500, 'cannot kill container: permission denied')],
  ])('fails when no signal arrives because the call %s', async (_, fault) => {
    const scene = await FaultScene.open();
    const { seen, wrote } = scene.run(WAITING_IGNORING_TERM);
    await wrote('ready');
    scene.fake.fail('kill', fault);
    const stopping = scene.engine.containers.stop(seen.containerId, { graceMs: 50 });
    await expect(stopping).rejects.toMatchObject({
      code: 'ENGINE_TIMEOUT',
      context: { operation: 'stop container' },
    });
    expect(scene.fake.count('kill')).toBe(2);
  });

  it('fails when the engine is lost meanwhile', async () => {
    const scene = await FaultScene.open();
    const { seen, wrote } = scene.run(WAITING_IGNORING_TERM);
    await wrote('ready');
    const stopping = scene.engine.containers.stop(seen.containerId, { graceMs: 60_000 });
    await scene.fake.asked('kill');
    await Promise.all([
      expect(stopping).rejects.toMatchObject({ code: 'ENGINE_UNREACHABLE' }),
      scene.fake.crash(),
    ]);
  });

  it('fails, and brings nothing down, when a failed wait is heard of before a kill that hangs', async () => {
    const scene = await FaultScene.open({ killMs: 1500, reconnectMs: 100 });
    const { seen, wrote } = scene.run(WAITING_IGNORING_TERM);
    await wrote('ready');
    scene.fake.fail('kill', faults.neverAnswer);
    scene.fake.fail('wait', faults.closeBeforeHeaders);
    const stopping = scene.engine.containers.stop(seen.containerId, { graceMs: 100 });
    await expect(stopping).rejects.toMatchObject({ code: 'ENGINE_LOST' });
  });

  it('is done when the container is removed by its owner', async () => {
    const scene = await FaultScene.open();
    const { seen, wrote } = scene.run(WAITING);
    await wrote('ready');
    const stopping = scene.engine.containers.stop(seen.containerId, { graceMs: 60_000 });
    await scene.fake.asked('kill');
    expect(await stopping).toBe(true);
  });
});

describe('removing a container', () => {
  it.each<Row>([
    ...BROKEN,
    ['refused', faults.refusal(500, 'device or resource busy'), 'ENGINE_ERROR'],
  ])('fails when it is %s', async (_, fault, code) => {
    const { fake, engine } = await FaultScene.open();
    fake.fail('remove', fault);
    await expect(engine.containers.remove(ID)).rejects.toMatchObject({ code });
    expect(fake.count('remove')).toBe(1);
  });

  it('fails when somebody else removes it and does not end', async () => {
    const scene = await FaultScene.open();
    const { seen, wrote } = scene.run(WAITING);
    await wrote('ready');
    scene.fake.fail('remove', faults.refusal(409, 'removal is already in progress'));
    await expect(scene.engine.containers.remove(seen.containerId)).rejects.toMatchObject({
      code: 'ENGINE_TIMEOUT',
      message: textWith('remove container'),
    });
  });

  it.each([
    ['is gone', faults.refusal(404, 'No such container')],
    ['is being removed by somebody else', faults.refusal(409, 'removal is already in progress')],
  ])('is done when it %s', async (_, fault) => {
    const { fake, engine } = await FaultScene.open();
    fake.fail('remove', fault);
    await expect(engine.containers.remove(ID)).resolves.toBeUndefined();
  });
});
