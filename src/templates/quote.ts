/** Values as the Dockerfile's own languages write them: data stays data in each of them. */

/** The exec form: BuildKit expands nothing in it. */
export function execForm(words: readonly string[]): string {
  return `[${words.map((word) => JSON.stringify(word)).join(', ')}]`;
}

/**
 * One value of ENV, LABEL, WORKDIR: in double quotes, where only a backslash, a quote and `$` mean
 * something to a Dockerfile. The text must be of one line: none of them can say a line end.
 */
export function quoteValue(value: string): string {
  return `"${value.replaceAll(/[\\"$]/g, String.raw`\$&`)}"`;
}

/**
 * Sources and folder of one COPY. Names of files can hold what COPY takes for a variable, a quote
 * or a pattern; a pattern of one character stands for that character itself.
 */
export function copyForm(files: readonly string[], folder: string): string {
  const sources = files.map((file) =>
    literalPath(file).replaceAll(/[[*?]/g, (char) => `[${char}]`),
  );
  return execForm([...sources, literalPath(folder)]);
}

function literalPath(path: string): string {
  return path.replaceAll(/['"$]/g, String.raw`\$&`);
}

/** Characters that mean nothing to /bin/sh in the middle of a command. */
const PLAIN = /^[\w@%+=:,./-]+$/;

/**
 * One word for /bin/sh. Anything unusual gets single quotes, also for the Dockerfile's sake: a
 * quoted `<<EOF` starts no here-document.
 */
export function quoteWord(word: string): string {
  return PLAIN.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}

/** The name of a program: what would be a flag of RUN, an assignment or a shell word is quoted. */
export function quoteProgram(program: string): string {
  const special = /^-|=/.test(program) || RESERVED.has(program);
  return special && PLAIN.test(program) ? `'${program}'` : quoteWord(program);
}

const RESERVED: ReadonlySet<string> = new Set(
  'if then else elif fi do done case esac while until for in'.split(' '),
);
