import { describe, expect, it } from 'vitest';
import { isPlaceholder } from '../../../src/detection/support/placeholder.js';

describe('isPlaceholder', () => {
  it.each([
    '',
    '  ',
    '""',
    '<your-key>',
    '<YOUR_API_KEY>',
    'https://<tenant>.atlassian.net',
    'YOUR_API_KEY',
    'your-api-key-here',
    'your_token',
    'yourToken',
    'https://your-domain.atlassian.net',
    'my-api-key',
    'my_secret_token',
    '/path/to/dir',
    'path/to/server.js',
    '/absolute/path/to/dist/index.js',
    'C:\\path\\to\\server',
    '/Users/username/Desktop',
    '/home/you/files',
    'sk-...',
    'ghp_xxxxxxxxxxxx',
    'xxx',
    'XXXX-XXXX',
    '****',
    '...',
    '${GITHUB_TOKEN}',
    '${input:api_key}',
    '$API_KEY',
    '%API_KEY%',
    '{{token}}',
    '{token}',
    '[API_KEY]',
    'api-key',
    'API_KEY',
    'token',
    'changeme',
    'change-me',
    'insert your key',
    'ENTER_TOKEN',
    'token_goes_here',
    'user@example.com',
    'https://api.example.com/v1',
    'placeholder',
  ])('takes %j for a value that a user fills in', (text) => {
    expect(isPlaceholder(text)).toBe(true);
  });

  it.each([
    'stdio',
    'http',
    '3000',
    'localhost',
    '127.0.0.1',
    '0.0.0.0',
    '0',
    'https://api.github.com',
    'true',
    'info',
    'us-east-1',
    '/data',
    '/tmp',
    './data/db.sqlite',
    'gpt-4o',
    '@scope/server',
    '--transport',
    'en_US',
    'youtube',
    'mysql',
    'dist/index.js',
    'postgresql://postgres@localhost:5432/postgres',
    '*',
    'replaceable',
    'user-agent/1.0',
  ])('takes %j for a value', (text) => {
    expect(isPlaceholder(text)).toBe(false);
  });

  it('answers at once on long hostile text', () => {
    for (const text of ['<'.repeat(1e6), '${'.repeat(5e5), 'my-'.repeat(3e5), '{'.repeat(1e6)]) {
      expect(typeof isPlaceholder(text)).toBe('boolean');
    }
  }, 1000);
});
