/** Data processing: files go in, a program works on them, the files it made come back. */
import assert from 'node:assert/strict';
import { createDockerExecutor } from 'slipway';

const sales = `region,amount
north,120
south,80
north,30
`;

const script = `
import csv, json, os
from collections import Counter

totals = Counter()
with open("/data/sales.csv", newline="") as file:
    for row in csv.DictReader(file):
        totals[row["region"]] += int(row["amount"])

os.mkdir("/out")
with open("/out/totals.json", "w") as file:
    json.dump(totals, file)
for region, amount in totals.items():
    with open(f"/out/{region}.txt", "w") as file:
        file.write(f"{region} sold {amount}\\n")
`;

await using slipway = createDockerExecutor();
const result = await slipway.executeContainer({
  image: 'python:3.13-slim',
  files: [
    { path: '/data/sales.csv', content: sales },
    { path: '/job/summarize.py', content: script },
  ],
  command: ['python3', '/job/summarize.py'],
  artifacts: ['/out'],
});

const files = new Map(
  result.artifacts.map(({ path, content }) => [path, Buffer.from(content).toString()]),
);
for (const [path, content] of files) console.log(`${path}: ${content.trim()}`);

assert.equal(result.success, true, result.stderr);
assert.deepEqual(result.omittedArtifacts, []);
assert.deepEqual([...files.keys()].sort(), [
  '/out/north.txt',
  '/out/south.txt',
  '/out/totals.json',
]);
assert.deepEqual(JSON.parse(files.get('/out/totals.json') ?? ''), { north: 150, south: 80 });
assert.equal(files.get('/out/north.txt'), 'north sold 150\n');
