import { describe, expect, it } from 'vitest';
import { detectDotnet } from '../../../../src/detection/compiled/detect-dotnet.js';
import { planIn, projectOf, reasonIn } from './project.js';

const STDIO = 'builder.Services.AddMcpServer().WithStdioServerTransport();';

function csproj({
  sdk = 'Microsoft.NET.Sdk',
  framework = 'net9.0',
  output = 'Exe',
  reference = 'ModelContextProtocol',
} = {}): string {
  return `\uFEFF<Project Sdk="${sdk}"><PropertyGroup><OutputType>${output}</OutputType>
    <TargetFramework>${framework}</TargetFramework></PropertyGroup>
    <ItemGroup><PackageReference Include="${reference}" Version="0.5.0" /></ItemGroup></Project>`;
}

describe('detectDotnet', () => {
  it('publishes the project and starts its assembly with dotnet', async () => {
    const files = { 'src/Notes/Notes.csproj': csproj(), 'src/Notes/Program.cs': STDIO };
    const plan = planIn(await detectDotnet(projectOf(files)));

    expect(plan.bases).toEqual([
      { build: 'mcr.microsoft.com/dotnet/sdk:9.0', run: 'mcr.microsoft.com/dotnet/runtime:9.0' },
    ]);
    expect(plan.build[0]?.run.slice(0, 3)).toEqual([
      'dotnet',
      'publish',
      './src/Notes/Notes.csproj',
    ]);
    expect(plan.start).toEqual(['dotnet', '/app/Notes.dll']);
    expect(plan.metadata.dependencies).toEqual({ ModelContextProtocol: '0.5.0' });
  });

  it('runs web projects on the image of ASP.NET, at the path that they map', async () => {
    const files = {
      'Web.csproj': csproj({ sdk: 'Microsoft.NET.Sdk.Web', output: '' }),
      'Program.cs': 'AddMcpServer().WithHttpTransport(); app.MapMcp("/api/mcp");',
    };
    const plan = planIn(await detectDotnet(projectOf(files)));

    expect(plan.bases[0]?.run).toBe('mcr.microsoft.com/dotnet/aspnet:9.0');
    expect(plan.transport).toEqual({ kind: 'http', port: 8080, path: '/api/mcp' });
    expect(plan.environment).toEqual({ ASPNETCORE_URLS: 'http://0.0.0.0:8080' });
  });

  it('publishes for the newest framework of several, and takes global.json away', async () => {
    const several = csproj({ framework: 'x' }).replace(
      '<TargetFramework>x</TargetFramework>',
      '<TargetFrameworks>net8.0;net10.0</TargetFrameworks>',
    );
    const files = { 'global.json': '{}', 'Notes.csproj': several, 'Program.cs': STDIO };
    const plan = planIn(await detectDotnet(projectOf(files)));

    expect(plan.languageVersion.value).toBe('10.0');
    expect(plan.build[0]?.run).toEqual(['rm', '-f', 'global.json']);
    expect(plan.build[1]?.run.join(' ')).toContain('-f net10.0');
  });

  it('takes the framework from Directory.Build.props', async () => {
    const files = {
      'Directory.Build.props':
        '<Project><PropertyGroup><TargetFramework>net8.0</TargetFramework></PropertyGroup></Project>',
      'src/Notes.csproj': csproj().replace('<TargetFramework>net9.0</TargetFramework>', ''),
      'src/Program.cs': STDIO,
    };

    expect(planIn(await detectDotnet(projectOf(files))).languageVersion.value).toBe('8.0');
  });

  it.each([
    ['references no MCP package', csproj({ reference: 'Serilog' }), /MCP package/],
    ['is a library', csproj({ output: 'Library' }), /library/],
    ['is for Windows', csproj({ framework: 'net9.0-windows' }), /Linux/],
  ])('says that a project that %s is no server', async (_, project, reason) => {
    const files = { 'Notes.csproj': project, 'Tools.cs': 'class Tools {}' };

    expect(reasonIn(await detectDotnet(projectOf(files)))).toMatch(reason);
  });
});
