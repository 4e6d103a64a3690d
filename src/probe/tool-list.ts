/** What a server says about itself, read as data: bounded, without control characters. */
import { z } from 'zod';
import { stripControl } from '../core/text.js';
import type { ProbedTool, ServerInfo } from './types.js';

export const MAX_TOOLS = 1000;
const NAME_CHARACTERS = 128;
const DESCRIPTION_CHARACTERS = 1024;

const page = z.object({
  tools: z.array(z.unknown()),
  nextCursor: z.string().nullish(),
});

const tool = z.object({ name: z.string().min(1), description: z.string().nullish().catch(null) });

export interface ToolPage {
  readonly tools: readonly ProbedTool[];
  readonly nextCursor: string | undefined;
}

/** A page of `tools/list`; undefined when the result is none. Entries that are no tools are left out. */
export function toolPage(result: unknown): ToolPage | undefined {
  const read = page.safeParse(result);
  if (!read.success) return undefined;
  const tools = read.data.tools.slice(0, MAX_TOOLS).flatMap((entry) => {
    const one = tool.safeParse(entry);
    return one.success ? [probedTool(one.data)] : [];
  });
  return { tools, nextCursor: read.data.nextCursor ?? undefined };
}

function probedTool(read: z.output<typeof tool>): ProbedTool {
  const { name, description } = read;
  const text = description ?? '';
  return {
    name: oneLine(name, NAME_CHARACTERS),
    description: text === '' ? null : oneLine(text, DESCRIPTION_CHARACTERS),
  };
}

const info = z.object({
  name: z.string(),
  version: z.union([z.string(), z.number()]).nullish().catch(null),
});

export function serverInfo(value: unknown): ServerInfo | null {
  const read = info.safeParse(value);
  if (!read.success) return null;
  const { name, version } = read.data;
  return {
    name: oneLine(name, NAME_CHARACTERS),
    version: oneLine(String(version ?? ''), NAME_CHARACTERS),
  };
}

/** The text on one line, without control characters, cut. */
export function oneLine(text: string, maxCharacters: number): string {
  const bounded = text.slice(0, maxCharacters * 8);
  const plain = stripControl(bounded).replaceAll(/\s+/g, ' ').trim();
  if (plain.length <= maxCharacters) return plain;
  // A character outside of the basic plane may have been cut in two.
  return `${plain.slice(0, maxCharacters - 1).replace(/\p{Cs}$/u, '')}…`;
}
