import Handlebars from 'handlebars';
import { z } from 'zod';
import type { BuildPlan } from '../core/build-plan.js';
import { isSlipwayError } from '../core/errors.js';
import { invalidInput, parseOptions } from '../core/options.js';
import { Budget } from './budget.js';
import { checkTemplate } from './check-template.js';
import { BLOCK_HELPERS, countedWriters, WRITER_NAMES } from './helpers.js';
import { labelsSchema, planSchema } from './plan-schema.js';
import { templateData, type TemplateData } from './template-data.js';
import { languageTemplate, partialTemplates } from './template-files.js';

export interface RenderOptions {
  /** Labels of the image by name. White space in a value, line ends too, becomes one space. */
  readonly labels: Readonly<Record<string, string>>;
  /** A Handlebars template in place of the language's own; `templates/README.md` says what it sees. */
  readonly template?: string | undefined;
}

/**
 * The Dockerfile of a plan, from its first base images. The same plan and labels give the same
 * text. Every value of the plan ends as data: nothing in it can become an instruction, a flag, a
 * variable or a part of a shell line.
 *
 * @throws {SlipwayError} `INVALID_INPUT` naming the field of the plan, or `template`
 */
export function renderDockerfile(plan: BuildPlan, options: RenderOptions): string {
  const checked = parseOptions(planSchema, plan, 'plan');
  const labels = parseOptions(labelsSchema, options.labels, 'labels');
  const data = templateData(checked, labels);
  const text =
    options.template === undefined
      ? render(languageTemplate(checked.language), data, partialTemplates())
      : render(checkTemplate(options.template), data, {});
  return tidy(text);
}

function render(
  template: string,
  data: TemplateData,
  partials: Readonly<Record<string, string>>,
): string {
  const budget = new Budget();
  const handlebars = isolated(budget);
  for (const [name, text] of Object.entries(partials)) {
    handlebars.registerPartial(name, handlebars.compile(text, COMPILING));
  }
  try {
    return budget.output(handlebars.compile<TemplateData>(template, COMPILING)(data, READING));
  } catch (error) {
    if (isSlipwayError(error)) throw error;
    const reason = error instanceof Error ? error.message.split('\n', 1).join('') : 'unknown';
    throw invalidInput('template', `cannot be rendered (${reason})`, template);
  }
}

/** No other helpers, and a name that is not there is an error instead of nothing. */
const COMPILING: CompileOptions = {
  noEscape: true,
  strict: true,
  knownHelpersOnly: true,
  knownHelpers: {
    ...Object.fromEntries([...BLOCK_HELPERS, ...WRITER_NAMES].map((name) => [name, true])),
    helperMissing: false,
    blockHelperMissing: false,
    log: false,
    lookup: false,
    with: false,
  },
};

/** Said explicitly, because Handlebars writes a warning to the console otherwise. */
const READING: Handlebars.RuntimeOptions = {
  allowProtoMethodsByDefault: false,
  allowProtoPropertiesByDefault: false,
};

/** A Handlebars of its own: nothing that is registered elsewhere in the process is in it. */
function isolated(budget: Budget): typeof Handlebars {
  const handlebars = Handlebars.create();
  for (const name of ['log', 'lookup', 'with']) handlebars.unregisterHelper(name);
  for (const [name, write] of Object.entries(countedWriters(budget))) {
    handlebars.registerHelper(name, write);
  }
  handlebars.registerHelper('each', countedEach(budget));
  return handlebars;
}

/** Handlebars' own `each` for lists, with every round and what it wrote counted. */
function countedEach(budget: Budget): Handlebars.HelperDelegate {
  return function each(list: unknown, options: Handlebars.HelperOptions): string {
    if (!Array.isArray(list)) throw invalidInput('template', 'loops over what is no list', list);
    const outer = z.looseObject({}).parse(options.data);
    let text = '';
    for (const [index, item] of list.entries()) {
      budget.step();
      const data = { ...outer, index, first: index === 0, last: index === list.length - 1 };
      text = budget.output(text + options.fn(item, { data }));
    }
    return text;
  };
}

/** One empty line at most between instructions, one line end at the end. */
function tidy(text: string): string {
  const lines = `${text.replaceAll(/\n{3,}/g, '\n\n').trim()}\n`;
  const tooLong = lines.split('\n').find((line) => Buffer.byteLength(line) > LINE_BYTES);
  if (tooLong === undefined) return lines;
  throw invalidInput(
    'plan',
    `needs a line of at most ${LINE_BYTES} bytes in its Dockerfile`,
    tooLong,
  );
}

/** BuildKit's reader stops at a line of 64 KiB. */
const LINE_BYTES = 65_000;
