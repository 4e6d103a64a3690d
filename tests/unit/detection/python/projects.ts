import type { BuildPlan, BuildStep } from '../../../../src/core/build-plan.js';
import { detectPython } from '../../../../src/detection/python/detect-python.js';
import type { Finding, Project } from '../../../../src/detection/source-tree.js';
import { memoryTree } from '../../../support/memory-tree.js';

export type Files = Readonly<Record<string, string>>;

export const fastServer = `
from mcp.server.fastmcp import FastMCP
mcp = FastMCP("demo")
def main():
    mcp.run()
if __name__ == "__main__":
    main()
`;
export const hatchling =
  '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n';

export function uvLock(name: string, dependencies: readonly string[]): string {
  const listed = dependencies.map((one) => `{ name = "${one}" }`).join(', ');
  const packages = dependencies.map(
    (one) =>
      `[[package]]\nname = "${one}"\nversion = "1.9.0"\nsource = { registry = "https://pypi.org/simple" }\nwheels = [{ url = "https://files.pythonhosted.org/p/${one}-1.9.0-py3-none-any.whl" }]\n`,
  );
  return `version = 1\n[[package]]\nname = "${name}"\nversion = "0.1.0"\nsource = { editable = "." }\ndependencies = [${listed}]\n${packages.join('')}`;
}

export async function find(
  files: Files,
  change: Partial<Project> = {},
): Promise<Finding | undefined> {
  return detectPython({
    tree: memoryTree(files),
    folder: '.',
    hints: { starts: [], inputs: [] },
    commitDate: null,
    gitVersion: null,
    ...change,
  });
}

export async function plan(files: Files, change: Partial<Project> = {}): Promise<BuildPlan> {
  const found = await find(files, change);
  if (found?.kind !== 'server') throw new Error(`not a server: ${JSON.stringify(found)}`);
  return found.plan;
}

export function lines(steps: readonly BuildStep[]): string[] {
  return steps.map((step) => step.run.join(' '));
}

export const packaged: Files = {
  'pyproject.toml': `[project]\nname = "demo-mcp"\nversion = "0.1.0"\nrequires-python = ">=3.11"\ndependencies = ["mcp>=1.1"]\n[project.scripts]\ndemo-mcp = "demo_mcp:main"\n${hatchling}`,
  'README.md': 'demo',
  'src/demo_mcp/__init__.py': 'from .server import main\n',
  'src/demo_mcp/server.py': fastServer,
  'uv.lock': uvLock('demo-mcp', ['mcp']),
};

export const flat: Files = { 'requirements.txt': 'mcp>=1.6.0\n', 'server.py': fastServer };
