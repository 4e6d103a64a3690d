/** Does a variable or option of this name hold something that must not be shown? */
export function isSecretName(name: string): boolean {
  const words = name.replaceAll(/([a-z\d])([A-Z])/g, '$1_$2').toLowerCase();
  return !PUBLIC.test(words) && SECRET.test(words);
}

const SECRET =
  /(?:^|[^a-z])(?:token|tokens|key|apikey|keys|secret|secrets|password|passwd|passphrase|pass|pwd|pat|credential|credentials|auth|bearer|cookie|cookies|jwt|session_string|private|dsn|connection_string)(?:[^a-z]|$)/;
/** What has such a word in its name and is none. */
const PUBLIC =
  /public_?key|key_?(?:id|name|path|file|prefix)$|keyboard|max_?tokens?|token_?(?:limit|count|url|uri|path|file|type|endpoint|ttl)|auth_?(?:type|mode|url|uri|method|enabled|server)|tokens?_?per/;
