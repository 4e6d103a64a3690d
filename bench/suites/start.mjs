/** The server from its start to its first answer; see `bench/cold-start.mjs`. */
import { measureColdStart } from '../cold-start.mjs';
import { row } from '../harness/row.mjs';

/**
 * @param {import('../harness/scene.mjs').Scene} scene
 * @returns {Promise<import('../harness/row.mjs').Table[]>}
 */
export async function start(scene) {
  const { ours, empty } = await measureColdStart({ rounds: scene.scale.rounds });
  const goal = { atMost: 1.5 };
  return [
    {
      id: 'start',
      title: 'Start of the server, to its list of tools',
      base: 'an empty server',
      rows: [
        row({
          id: 'empty',
          name: 'an empty server on the same SDK',
          unit: 'ms',
          samples: empty,
          base: empty,
        }),
        row({ id: 'slipway', name: 'slipway mcp', unit: 'ms', samples: ours, base: empty, goal }),
      ],
      notes: [],
    },
  ];
}
