import { rmSync } from 'node:fs';
import { writeWithFolder } from './files.mjs';

/**
 * What `engine up` found out, kept in engine.json until `engine down`, for people and programs.
 *
 * @typedef {object} EngineRecord
 * @property {string} dockerHost
 * @property {string} [certPath]
 * @property {'docker-hub' | 'stand-ins'} images
 * @property {string | null} registry host:port of the loopback registry
 * @property {boolean} private
 */

/**
 * @param {import('./paths.mjs').EnginePaths} paths
 * @param {EngineRecord} record
 */
export function writeRecord(paths, record) {
  writeWithFolder(paths.record, `${JSON.stringify(record, null, 2)}\n`);
}

/**
 * @param {import('./paths.mjs').EnginePaths} paths
 */
export function removeRecord(paths) {
  rmSync(paths.record, { force: true });
}
