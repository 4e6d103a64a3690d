import { EngineSetupError } from './errors.mjs';
import { makeBusybox } from './stand-ins/busybox.mjs';
import { debianFrom } from './stand-ins/debian.mjs';
import { golangFrom } from './stand-ins/golang.mjs';
import { mavenFrom, temurinJreFrom } from './stand-ins/java.mjs';
import { nodeFrom } from './stand-ins/node.mjs';
import { pythonFrom } from './stand-ins/python.mjs';
import { rustFrom } from './stand-ins/rust.mjs';

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
  { name: 'debian', tags: ['bookworm-slim'], make: debianFrom('bookworm') },
  { name: 'node', tags: ['22-slim'], base: BASE, make: nodeFrom({ node: '22', npm: '10' }) },
  { name: 'node', tags: ['24-slim'], base: BASE, make: nodeFrom({ node: '24', npm: '11' }) },
  { name: 'python', tags: ['3.11-slim'], make: pythonFrom('bookworm') },
  { name: 'python', tags: ['3.13-slim'], make: pythonFrom('trixie') },
];

/**
 * Large images that only builds of some languages need: made when they are asked for by name.
 *
 * @type {CatalogImage[]}
 */
export const ON_REQUEST = [
  {
    name: 'golang',
    tags: ['1.27-bookworm'],
    make: golangFrom({ version: '1.27', suite: 'bookworm', newer: 'forky' }),
  },
  {
    name: 'rust',
    tags: ['1-slim-trixie', '1-slim'],
    make: rustFrom({ suite: 'trixie', newer: 'forky' }),
  },
  { name: 'debian', tags: ['trixie-slim'], make: debianFrom('trixie') },
  {
    name: 'maven',
    tags: ['3-eclipse-temurin-21'],
    make: mavenFrom({ suite: 'trixie', java: '21' }),
  },
  {
    name: 'eclipse-temurin',
    tags: ['21-jre'],
    make: temurinJreFrom({ suite: 'trixie', java: '21' }),
  },
];

/** What `--images` takes: a word for a language, and the images that its builds need. */
export const IMAGE_GROUPS = {
  golang: ['golang:1.27-bookworm'],
  rust: ['rust:1-slim-trixie', 'debian:trixie-slim'],
  maven: ['maven:3-eclipse-temurin-21', 'eclipse-temurin:21-jre'],
};

/**
 * @param {string[]} names groups, or single images by their reference
 * @returns {CatalogImage[]} the images on request that they name
 * @throws {import('./errors.mjs').EngineSetupError} naming what is not known, and what is
 */
export function imagesOnRequest(names) {
  /** @type {Record<string, string[]>} */
  const groups = IMAGE_GROUPS;
  const all = ON_REQUEST.flatMap(references);
  const wanted = names.flatMap((name) => (Object.hasOwn(groups, name) ? groups[name] : name) ?? []);
  const unknown = wanted.filter((reference) => !all.includes(reference));
  if (unknown.length > 0) {
    const known = [...Object.keys(groups), ...all].join(', ');
    const what = `No image on request is called ${unknown.join(', ')}. There are: ${known}.`;
    throw new EngineSetupError(what, { exitCode: 2 });
  }
  return ON_REQUEST.filter((image) => references(image).some((one) => wanted.includes(one)));
}

/**
 * @param {CatalogImage} image
 * @returns {string[]} such as ['busybox:1.36', 'busybox:latest']
 */
export function references({ name, tags }) {
  return tags.map((tag) => `${name}:${tag}`);
}
