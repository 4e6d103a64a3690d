/**
 * Does the text stand for a value that a user has to fill in? `<your-key>`, `YOUR_API_KEY`,
 * `/path/to/folder`, `sk-...`, `xxxx`, `${TOKEN}`, `user@example.com`. An empty text does too.
 */
export function isPlaceholder(text: string): boolean {
  const value = unquoted(text.slice(0, LONGEST).trim());
  return value === '' || FORMS.some((form) => form.test(value));
}

/** A longer text is a value of its own: what makes a placeholder is at its start. */
const LONGEST = 300;

const FORMS: readonly RegExp[] = [
  // <your-key>, [API_KEY], {token}, {{token}}, %TOKEN%
  /<[^<>]*[a-z][^<>]*>/i,
  /^\[[^[\]]*[a-z][^[\]]*\]$/i,
  /^\{{1,2}[^{}]*[a-z][^{}]*\}{1,2}$/i,
  /^%[A-Z_]\w*%$/i,
  // ${TOKEN}, ${input:token}, $TOKEN
  /\$\{[^{}]*\}/,
  /^\$[A-Z_]\w*$/i,
  // your-api-key, YOUR_TOKEN, https://your-domain.example, my-secret-key
  /(?:^|[^a-z])(?:your?|yours)(?:[-_. ]|$)/i,
  /(?:^|[^a-z])your(?=[A-Z])/,
  /^my[-_ ]?(?:\w+[-_ ])*(?:key|token|secret|password|id|domain|project|workspace)$/i,
  /^(?:insert|enter|add|put|paste|replace|fill|set|use|change)(?:[-_ ](?:me|this|in|here|with|your)\b|_?me$|this$)/i,
  /^(?:insert|enter|paste|replace)[-_ ]/i,
  /[-_ ](?:goes[-_ ])?here$/i,
  // /path/to/folder, C:\path\to\folder, /Users/username/x, /home/you
  /(?:^|[\\/])(?:absolute[\\/-])?path[\\/-](?:to|of)(?:[\\/-]|$)/i,
  /^(?:full|absolute)[\\/ -]path/i,
  /[\\/](?:users|home)[\\/](?:user(?:name)?|you|me|name|yourname|your[-_ ]?(?:user)?name|\.\.\.)(?:[\\/]|$)/i,
  // sk-..., ghp_xxx, xxxx, ****, ..., …
  /(?:\.\.\.|…)/,
  /x{3,}/i,
  /\*{3,}/,
  /^[_-]{3,}$/,
  /^[-_.]+$/,
  /^0{6,}$/,
  // words that name a thing and are none
  /^(?:api|access|auth|secret|private|client|bot|personal|app)?[-_ ]?(?:api|access|auth|secret|private)?[-_ ]?(?:key|token|secret|password|credentials?)$/i,
  /^(?:todo|tbd|tba|fixme|changeme|placeholder|dummy|example|sample|foo|bar|abc-?123|secret123|password123)$/i,
  /(?:^|[^a-z])(?:placeholder|change[-_ ]?me|redacted)(?:[^a-z]|$)/i,
  /(?:^|[@/.])example\.(?:com|org|net)(?:[:/]|$)/i,
  /(?:^|[._/-])(?:sample|example)[-_](?:key|token|secret|password|id)/i,
];

function unquoted(text: string): string {
  const first = text[0];
  const quoted = first !== undefined && `"'\``.includes(first) && text.length > 1;
  return quoted && text.endsWith(first) ? text.slice(1, -1).trim() : text;
}
