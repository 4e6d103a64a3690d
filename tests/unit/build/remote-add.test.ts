import { describe, expect, it } from 'vitest';
import { isSlipwayError } from '../../../src/core/errors.js';
import { refuseRemoteAdds } from '../../../src/build/remote-add.js';

function refused(text: string, buildArgs: Record<string, string> = {}): string | undefined {
  try {
    refuseRemoteAdds(text, 'Dockerfile', buildArgs);
    return undefined;
  } catch (error) {
    if (isSlipwayError(error, 'BUILD_REFUSED') && error.context.reason === 'remote_source') {
      return error.message;
    }
    throw error;
  }
}

describe('ADD of what is not in the context', () => {
  it.each([
    ['a URL', 'FROM x\nADD https://h/x /x\n'],
    ['a URL, whatever the letters', 'FROM x\nadd HTTPS://h/x /x\n'],
    ['a repository', 'FROM x\nADD git@github.com:o/r.git /x\n'],
    ['one of several sources', 'FROM x\nADD a b http://h/x /x/\n'],
    ['the exec form', 'FROM x\nADD ["https://h/x", "/x"]\n'],
    ['with flags', 'FROM x\nADD --checksum=sha256:0 --chown=1:1 https://h/x /x\n'],
    ['with quotes in the scheme', 'FROM x\nADD ht"tps"://h/x /x\n'],
    ['with an escaped colon', 'FROM x\nADD https\\://h/x /x\n'],
    ['on a continued line', 'FROM x\nADD a \\\n# a comment\n  https://h/x /x\n'],
    ['after another escape character', '# escape=`\nFROM x\nADD `\nhttps://h/x /x\n'],
    ['for whatever is built from it', 'FROM x\nONBUILD ADD https://h/x /x\n'],
    ['by a variable', 'FROM x\nARG U=https://h/x\nADD $U /x\n'],
    ['by a variable before the first stage', 'ARG U=https://h/x\nFROM x\nARG U\nADD ${U} /x\n'],
    ['by a part of a variable', 'FROM x\nENV S=s://h\nADD http$S/x /x\n'],
    ['by a variable with a blank', 'FROM x\nARG U="a https://h/x"\nADD $U /x/\n'],
    ['by a default in the word', 'FROM x\nADD ${U:-https://h/x} /x\n'],
    ['by a variable without a value', 'FROM x\nARG U\nADD $U /x\n'],
    ['by a variable of a variable', 'FROM x\nARG A=https\nARG U=$A\nADD $U /x\n'],
  ])('is refused: %s', (_what, text) => {
    expect(refused(text)).toMatch(/^"Dockerfile", line \d+: ADD /);
  });

  it('is refused when a build argument makes it one', () => {
    const text = 'FROM x\nARG U=local\nADD $U /x\n';
    expect(refused(text)).toBeUndefined();
    expect(refused(text, { U: 'https://h/x' })).toContain('line 3');
  });

  it.each([
    ['files', 'FROM x\nADD a.tar.gz b/ /x/\n'],
    ['a variable with a plain value', 'FROM x\nARG VERSION="1.2.3"\nADD app-${VERSION}.tgz /x\n'],
    ['a target with a colon', 'FROM x\nADD a /x:y\n'],
    ['a URL in another instruction', 'FROM x\nRUN curl https://h/x\nCOPY a /x\n'],
    ['a URL in a comment', 'FROM x\n# ADD https://h/x /x\nCOPY a /x\n'],
    ['a file in the text', 'FROM x\nADD <<EOF /x\nhttps://h/x\nEOF\n'],
  ])('is nothing but a copy, and permitted: %s', (_what, text) => {
    expect(refused(text)).toBeUndefined();
  });
});
