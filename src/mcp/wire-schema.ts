import type { StandardSchemaWithJSON } from '@modelcontextprotocol/server';
import { z } from 'zod';

type JsonObject = Record<string, unknown>;

/** A schema in the form the SDK takes. */
export type WireSchema = StandardSchemaWithJSON<JsonObject>;

/**
 * Advertises the arguments of a tool and lets every value through: the tool checks its arguments
 * itself, so that a refusal is a complete structured result too.
 */
export const wireInput = madeOnce((schema) =>
  standardSchema(portableSchema(schema, 'input'), (value) => ({
    value: isObject(value) ? value : {},
  })),
);

/** Advertises the result of a tool, and holds the tool to it: clients refuse any other. */
export const wireOutput = madeOnce((schema) =>
  standardSchema(portableSchema(schema, 'output'), (value) => {
    const parsed = schema.safeParse(value);
    return parsed.success ? { value: parsed.data } : { issues: parsed.error.issues };
  }),
);

/** The schema of a tool never changes, and over HTTP every request has a server of its own. */
function madeOnce(make: (schema: z.ZodObject) => WireSchema): (schema: z.ZodObject) => WireSchema {
  const made = new WeakMap<z.ZodObject, WireSchema>();
  return (schema) => {
    const wire = made.get(schema) ?? make(schema);
    made.set(schema, wire);
    return wire;
  };
}

function standardSchema(
  json: JsonObject,
  validate: WireSchema['~standard']['validate'],
): WireSchema {
  const jsonSchema = { input: () => json, output: () => json };
  return { '~standard': { version: 1, vendor: 'slipway', validate, jsonSchema } };
}

/**
 * JSON Schema as every client takes it. `$schema` is left out: some clients refuse one dialect,
 * some the other, and its absence means 2020-12 by the specification.
 */
export function portableSchema(schema: z.ZodType, io: 'input' | 'output'): JsonObject {
  return portableObject(z.toJSONSchema(schema, { io, target: 'draft-2020-12' }));
}

function portableObject(node: JsonObject): JsonObject {
  const entries = Object.entries(node).flatMap(([key, value]) => portableEntry(key, value));
  return withoutTypeList(Object.fromEntries(entries));
}

function portableEntry(key: string, value: unknown): readonly (readonly [string, unknown])[] {
  if (key === '$schema' || key === 'propertyNames') return [];
  if (isAnything(value) && key === 'items') return [];
  if (isAnything(value) && key === 'additionalProperties') return [[key, true]];
  return [[key, portable(value)]];
}

/** `{}`, the schema that takes everything. */
function isAnything(node: unknown): boolean {
  return isObject(node) && Object.keys(node).length === 0;
}

function portable(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(portable);
  return isObject(node) ? portableObject(node) : node;
}

/** `type: ["string", "null"]` is valid but not portable; `anyOf` is both. */
function withoutTypeList(node: JsonObject): JsonObject {
  const { type, description, ...rest } = node;
  if (!Array.isArray(type)) return node;
  const kinds = type.map((kind: unknown) =>
    kind === 'null' ? { type: kind } : { type: kind, ...rest },
  );
  return description === undefined ? { anyOf: kinds } : { description, anyOf: kinds };
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
