/**
 * For `node --import`: writes a line to the file in LOADED_MODULES for each module that the program
 * loads, before it is loaded, so that a test can look while the program runs.
 */
import { register } from 'node:module';

const file = JSON.stringify(process.env['LOADED_MODULES']);
const hooks = `
  import { appendFileSync } from 'node:fs';
  export function load(url, context, next) {
    appendFileSync(${file}, url + '\\n');
    return next(url, context);
  }`;
register(`data:text/javascript,${encodeURIComponent(hooks)}`);
