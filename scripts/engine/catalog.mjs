import { makeBusybox } from './stand-ins/busybox.mjs';
import { makeDebian } from './stand-ins/debian.mjs';
import { nodeFrom } from './stand-ins/node.mjs';
import { pythonFrom } from './stand-ins/python.mjs';

/**
 * The images that the tests and the quick start need, under their Docker Hub names, and how to
 * make a stand-in for each where Docker Hub cannot be reached.
 *
 * @typedef {import('./stand-ins/kit.mjs').Kit} Kit
 * @typedef {object} CatalogImage
 * @property {string} name as on Docker Hub
 * @property {string[]} tags all of them name the same image
 * @property {string} [base] the reference in this list that its stand-in begins with, listed before it
 * @property {(kit: Kit, reference: string) => Promise<void>} make
 */

const BASE = 'debian:bookworm-slim';

/** @type {CatalogImage[]} */
export const CATALOG = [
  { name: 'busybox', tags: ['1.36', 'latest'], make: makeBusybox },
  { name: 'debian', tags: ['bookworm-slim'], make: makeDebian },
  { name: 'node', tags: ['22-slim'], base: BASE, make: nodeFrom({ node: '22', npm: '10' }) },
  { name: 'node', tags: ['24-slim'], base: BASE, make: nodeFrom({ node: '24', npm: '11' }) },
  { name: 'python', tags: ['3.11-slim'], make: pythonFrom('bookworm') },
  { name: 'python', tags: ['3.13-slim'], make: pythonFrom('trixie') },
];

/**
 * @param {CatalogImage} image
 * @returns {string[]} such as ['busybox:1.36', 'busybox:latest']
 */
export function references({ name, tags }) {
  return tags.map((tag) => `${name}:${tag}`);
}
