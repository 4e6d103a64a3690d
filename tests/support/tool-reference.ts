import { z } from 'zod';
import { portableSchema } from '../../src/mcp/wire-schema.js';
import type { Tool, ToolEffect } from '../../src/tools/tool.js';

/** Tools that an operator switches on or off together. */
export interface ToolGroup {
  readonly title: string;
  readonly about: string;
  readonly tools: readonly Tool[];
}

/** A reference of tools in Markdown, made of nothing but what the tools say of themselves. */
export function toolReference(introduction: string, groups: readonly ToolGroup[]): string {
  const parts = groups.flatMap(({ title, about, tools }) => [
    `## ${title}`,
    about,
    ...tools.flatMap(toolParts),
  ]);
  return `${[introduction, ...parts].join('\n\n')}\n`;
}

function toolParts(tool: Tool): readonly string[] {
  const input = fieldsSchema.parse(portableSchema(tool.input, 'input'));
  const output = fieldsSchema.parse(portableSchema(tool.output, 'output'));
  const taken = rows(input, (name) => (input.required.includes(name) ? 'yes' : ''));
  return [
    `### ${tool.name}`,
    `${tool.title}. ${effectText(tool.effect)}`,
    `> ${tool.description}`,
    taken.length === 0
      ? 'No arguments.'
      : table(['argument', 'type', 'required', 'meaning'], taken),
    table(['result', 'type', 'meaning'], rows(output)),
  ];
}

const fieldsSchema = z.object({
  properties: z
    .record(z.string(), z.looseObject({ description: z.string().optional() }))
    .default({}),
  required: z.array(z.string()).default([]),
});

function rows(
  { properties }: z.output<typeof fieldsSchema>,
  ...more: readonly ((name: string) => string)[]
): readonly (readonly string[])[] {
  return Object.entries(properties).map(([name, field]) => [
    `\`${name}\``,
    typeText(field),
    ...more.map((column) => column(name)),
    field.description ?? '',
  ]);
}

const nodeSchema = z.looseObject({
  type: z.string().optional(),
  enum: z.array(z.string()).optional(),
  anyOf: z.array(z.unknown()).optional(),
  items: z.unknown().optional(),
  properties: z.record(z.string(), z.unknown()).optional(),
  additionalProperties: z.unknown().optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
});

function typeText(schema: unknown): string {
  const node = nodeSchema.parse(schema);
  if (node.anyOf !== undefined) return node.anyOf.map(typeText).join(' or ');
  if (node.enum !== undefined) return node.enum.map((value) => `\`${value}\``).join(', ');
  if (node.type === 'array') {
    return `array of ${node.items === undefined ? 'anything' : typeText(node.items)}`;
  }
  if (node.type === 'object') return objectText(node);
  return `${node.type ?? 'anything'}${boundsText(node)}`;
}

function objectText({ properties, additionalProperties }: z.output<typeof nodeSchema>): string {
  if (properties !== undefined) {
    const fields = Object.entries(properties).map(
      ([name, field]) => `\`${name}\` ${typeText(field)}`,
    );
    return `object: ${fields.join(', ')}`;
  }
  const isMap = typeof additionalProperties === 'object' && additionalProperties !== null;
  return isMap ? `object of ${typeText(additionalProperties)}` : 'object';
}

function boundsText({ minimum, maximum }: z.output<typeof nodeSchema>): string {
  if (minimum === undefined && maximum === undefined) return '';
  if (maximum === undefined) return `, at least ${minimum}`;
  return minimum === undefined ? `, at most ${maximum}` : `, ${minimum} to ${maximum}`;
}

function effectText(effect: ToolEffect): string {
  if (effect.readOnly) return 'Changes nothing.';
  const hints = [
    effect.destructive ? 'may destroy something' : 'destroys nothing',
    effect.idempotent ? 'safe to repeat' : 'not idempotent',
    effect.openWorld ? 'reaches the network' : 'stays on the engine',
  ];
  const text = hints.join('; ');
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

function table(head: readonly string[], body: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', String.raw`\|`)).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...body.map(line)].join('\n');
}
