import { readFileSync } from 'node:fs';

/** A fenced block of a page, with the heading it stands under. */
export interface CodeBlock {
  readonly heading: string;
  readonly language: string;
  readonly text: string;
}

/** A page of this repository, by its path from the root. */
export function page(path: string): string {
  return readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');
}

export function codeBlocks(markdown: string): readonly CodeBlock[] {
  const parts = /^#{1,6} (?<heading>.+)$|^```(?<language>\w+)\n(?<text>[\s\S]*?)^```$/gm;
  let heading = '';
  const blocks: CodeBlock[] = [];
  for (const { groups = {} } of markdown.matchAll(parts)) {
    heading = groups['heading'] ?? heading;
    const { language, text } = groups;
    if (language !== undefined && text !== undefined) blocks.push({ heading, language, text });
  }
  return blocks;
}

/** The block of that language under a heading. */
export function blockUnder(markdown: string, heading: string, language: string): string {
  const found = codeBlocks(markdown).filter(
    (block) => block.heading === heading && block.language === language,
  );
  const [block] = found;
  if (block === undefined || found.length > 1) {
    throw new Error(`${found.length} ${language} blocks under "${heading}"`);
  }
  return block.text;
}
