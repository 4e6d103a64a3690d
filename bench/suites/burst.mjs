/** Many runs at once, from the first start to the last end. */
import { alternate } from '../harness/alternate.mjs';
import { row } from '../harness/row.mjs';
import { check, expectOutput, PYTHON } from './programs.mjs';

/**
 * @typedef {import('../harness/scene.mjs').Scene} Scene
 * @typedef {import('../harness/row.mjs').Table} Table
 */

/**
 * @param {Scene} scene
 * @returns {Promise<Table[]>}
 */
export async function burst(scene) {
  const { burst: count, fewRounds } = scene.scale;
  const image = await scene.image(PYTHON.image, 'library');
  const config = { image, command: PYTHON.command };
  const executor = scene.executor({ warm: { containers: count, memoryBytes: '4g' } });
  let coldRuns = 0;
  const times = await alternate(
    [
      {
        id: 'docker-run',
        run: () =>
          together(count, async () =>
            expectOutput(await scene.docker.runOnce(image, PYTHON.command), PYTHON),
          ),
      },
      {
        id: 'parked',
        calm: async () => {
          await executor.park(config, count);
          await executor.settled();
        },
        run: () =>
          together(count, async () => {
            const result = await executor.executeContainer(config);
            check(result, PYTHON);
            coldRuns += result.path.kind === 'cold' ? 1 : 0;
          }),
      },
    ],
    fewRounds,
  );
  await executor.close();
  const base = times['docker-run'] ?? [];
  const samples = times['parked'] ?? [];
  const goal = { atMost: 0.35 };
  return [
    {
      id: 'burst',
      title: `${count} runs at once, ${PYTHON.title}`,
      base: 'docker run',
      rows: [
        row({ id: 'docker-run', name: 'docker run', unit: 'ms', samples: base, base }),
        row({ id: 'parked', name: 'parked', unit: 'ms', samples, base, goal }),
      ],
      notes: [
        `${count} containers wait when it begins; all ${count} calls are made at once, and the policy lets four go at a time.`,
        `${coldRuns} of all these runs found none waiting.`,
      ],
    },
  ];
}

/**
 * @param {number} count
 * @param {() => Promise<void>} work
 */
function together(count, work) {
  return Promise.all(Array.from({ length: count }, work));
}
