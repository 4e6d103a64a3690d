import { describe, expect, it } from 'vitest';
import { renderDockerfile } from '../../../src/templates/render-dockerfile.js';
import { buildPlan } from '../../support/build-plan.js';
import { failureOf } from '../../support/failure.js';

function render(template: string): string {
  const plan = buildPlan({
    start: ['node', 'a "b" $C'],
    manifests: Array.from({ length: 200 }, (_, index) => `p${index}/package.json`),
  });
  return renderDockerfile(plan, { labels: { 'mcp.a': '$A' }, template });
}

describe('a template of the operator', () => {
  it('sees the plan and writes its values safely', () => {
    const text = render(
      'FROM {{runImage}}\n{{#each labels}}LABEL {{name}}={{labelValue value}}\n{{/each}}' +
        'RUN echo {{#each start}}{{shellQuote this}}{{#unless @last}} {{/unless}}{{/each}}\n' +
        '{{#if args}}CMD {{json args}}{{else}}{{! none }}ENTRYPOINT {{json start}}{{/if}}',
    );
    expect(text).toBe(
      [
        'FROM node:24-slim',
        String.raw`LABEL mcp.a="\$A"`,
        `RUN echo node 'a "b" $C'`,
        String.raw`ENTRYPOINT ["node", "a \"b\" $C"]`,
        '',
      ].join('\n'),
    );
  });

  it.each([
    ['a value that is not there', 'FROM {{nothing}}'],
    ['a prototype', '{{constructor}}'],
    ['a prototype by its other name', '{{__proto__}}'],
    ['a prototype inside a block', '{{#each start}}{{this.constructor.name}}{{/each}}'],
    ['a function of a text', '{{runImage.toString}}'],
    ['a lookup', '{{lookup this "constructor"}}'],
    ['a lookup as an argument', '{{json (lookup this "constructor")}}'],
    ['with and block parameters', '{{#with "s" as |x|}}{{x.constructor}}{{/with}}'],
    ['a call of what is no helper', '{{runImage "x"}}'],
    ['a block of what is no helper', '{{#start}}x{{/start}}'],
    ['a log', '{{log start}}'],
    ['a partial', '{{> build-stage}}'],
    ['a partial by a computed name', '{{> (lookup . "p")}}'],
    ['an inline partial', '{{#*inline "a"}}x{{/inline}}'],
    ['a decorator', '{{* x}}'],
    ['a raw block', '{{{{raw}}}} {{x}} {{{{/raw}}}}'],
    ['named arguments', '{{json start a=1}}'],
    ['a list where a text belongs', '{{shellQuote start}}'],
    ['a block that is not closed', '{{#if a}}'],
    ['blocks that are too deep', `${'{{#if port}}'.repeat(20)}${'{{/if}}'.repeat(20)}`],
    ['helpers that are too deep', `{{json ${'(json '.repeat(20)}start${')'.repeat(20)}}}`],
    ['blocks nested by the thousand', '{{#if a}}'.repeat(5000)],
    ['parentheses by the thousand', `{{json ${'('.repeat(30_000)}`],
    ['a template too long to read', 'x'.repeat(65_537)],
    ['more output than a Dockerfile may have', `{{#each copies}}${'x'.repeat(60_000)}{{/each}}`],
    [
      'loops in loops in loops',
      '{{#each copies}}{{#each @root.copies}}{{#each @root.copies}}{{/each}}{{/each}}{{/each}}',
    ],
  ])('is refused for %s, in bounded time', async (_, template) => {
    const failure = await failureOf(Promise.resolve(template).then(render));
    expect(failure).toMatchObject({ code: 'INVALID_INPUT', context: { field: 'template' } });
  });

  it('is refused as a syntax tree, which could hold code', async () => {
    const tree: unknown = { type: 'Program', body: [] };
    const rendered = Promise.resolve().then(() =>
      // @ts-expect-error a caller without types
      renderDockerfile(buildPlan(), { labels: {}, template: tree }),
    );
    const failure = await failureOf(rendered);
    expect(failure).toMatchObject({ code: 'INVALID_INPUT', context: { field: 'template' } });
  });
});
