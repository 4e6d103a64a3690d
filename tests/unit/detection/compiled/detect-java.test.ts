import { describe, expect, it } from 'vitest';
import { detectJava } from '../../../../src/detection/compiled/detect-java.js';
import { planIn, projectOf, reasonIn } from './project.js';

const MAIN = 'package acme;\npublic class App { public static void main(String[] args) {} }';
const SPRING = 'src/main/java/acme/App.java';
const PROPERTIES = 'src/main/resources/application.properties';

function pom({
  java = '17',
  artifact = 'spring-ai-starter-mcp-server',
  plugin = 'spring-boot-maven-plugin',
} = {}): string {
  return `<project>
    <artifactId>notes</artifactId><version>1.0.0</version>
    <properties><java.version>${java}</java.version></properties>
    <dependencies><dependency><groupId>org.springframework.ai</groupId><artifactId>${artifact}</artifactId></dependency></dependencies>
    <build><plugins><plugin><artifactId>${plugin}</artifactId></plugin></plugins></build>
  </project>`;
}

describe('detectJava', () => {
  it('builds with the Maven of the image, never with the wrapper', async () => {
    const files = { 'pom.xml': pom(), mvnw: '', [SPRING]: MAIN };
    const plan = planIn(await detectJava(projectOf(files)));

    expect(plan.build[0]?.run.slice(0, 1)).toEqual(['mvn']);
    expect(plan.build[0]?.run.at(-1)).toBe('package');
    expect(plan.outputs).toEqual([{ from: '/out', to: '/app' }]);
  });

  it.each([
    ['17', '17'],
    ['18', '21'],
    ['20', '21'],
    ['24', '25'],
  ])('runs code for Java %s on the next version with long support: %s', async (java, version) => {
    const plan = planIn(await detectJava(projectOf({ 'pom.xml': pom({ java }), [SPRING]: MAIN })));

    expect(plan.bases[0]).toEqual({
      build: `maven:3-eclipse-temurin-${version}`,
      run: `eclipse-temurin:${version}-jre`,
    });
  });

  it('makes Spring AI serve stdio in silence, and repeats nothing that is set', async () => {
    const properties = 'spring.main.banner-mode=off\nlogging.pattern.console=\n';
    const files = { 'pom.xml': pom(), [SPRING]: MAIN, [PROPERTIES]: properties };
    const plan = planIn(await detectJava(projectOf(files)));

    expect(plan.start).toEqual([
      'java',
      '-Dspring.ai.mcp.server.stdio=true',
      '-Dspring.main.web-application-type=none',
      '-jar',
      '/app/server.jar',
    ]);
  });

  it('serves what the web starter serves, and knows that it can do stdio', async () => {
    const files = {
      'pom.xml': pom({ artifact: 'spring-ai-starter-mcp-server-webmvc' }),
      [SPRING]: MAIN,
      'src/main/resources/application.yml':
        'server:\n  port: 9090\nspring:\n  ai:\n    mcp:\n      server:\n        protocol: STREAMABLE\n',
    };
    const plan = planIn(await detectJava(projectOf(files)));

    expect(plan.transport).toEqual({ kind: 'http', port: 9090, path: '/mcp' });
    expect(plan.alternatives.map(({ transport }) => transport.kind)).toEqual(['stdio']);
  });

  it('builds one module of several, with those that it needs', async () => {
    const files = {
      'pom.xml':
        '<project><artifactId>all</artifactId><packaging>pom</packaging><modules><module>api</module><module>server</module></modules></project>',
      'api/pom.xml': '<project><artifactId>api</artifactId></project>',
      'server/pom.xml': pom(),
      [`server/${SPRING}`]: MAIN,
    };
    const plan = planIn(await detectJava(projectOf(files)));

    expect(plan).toMatchObject({ workspaceRoot: '.', target: 'server' });
    expect(plan.build[0]?.run.join(' ')).toContain('-pl server -am package');
  });

  it('puts the libraries beside a jar that does not hold them', async () => {
    const files = { 'pom.xml': pom({ plugin: 'maven-jar-plugin' }), [SPRING]: MAIN };
    const plan = planIn(await detectJava(projectOf(files)));

    expect(plan.build[0]?.run).toContain('dependency:copy-dependencies');
    expect(plan.start.slice(-3)).toEqual(['-cp', '/app/lib/*:/app/server.jar', 'acme.App']);
  });

  it('takes the whole folder that Quarkus makes', async () => {
    const files = {
      'pom.xml': pom({ artifact: 'quarkus-mcp-server-stdio', plugin: 'quarkus-maven-plugin' }),
    };
    const plan = planIn(await detectJava(projectOf(files)));

    expect(plan.start.at(-1)).toBe('/app/quarkus-app/quarkus-run.jar');
  });

  it('builds with the Gradle line of the wrapper and the Java of the toolchain', async () => {
    const files = {
      'settings.gradle': "rootProject.name = 'notes'\n",
      'build.gradle': [
        "plugins {\n  id 'java'\n  id 'org.springframework.boot' version '3.5.7'\n}",
        'java { toolchain { languageVersion = JavaLanguageVersion.of(21) } }',
        "dependencies { implementation 'org.springframework.ai:spring-ai-starter-mcp-server' }",
      ].join('\n'),
      'gradle/wrapper/gradle-wrapper.properties':
        'distributionUrl=https\\://x/gradle-8.14.3-bin.zip\n',
      [SPRING]: MAIN,
    };
    const plan = planIn(await detectJava(projectOf(files)));

    expect(plan.bases).toEqual([{ build: 'gradle:8-jdk21', run: 'eclipse-temurin:21-jre' }]);
    expect(plan.build[0]?.run).toEqual(['gradle', '--no-daemon', '--console=plain', 'bootJar']);
  });

  it('finds libraries and plugins that the version catalog names', async () => {
    const files = {
      'settings.gradle.kts': '',
      'build.gradle.kts':
        'plugins {\n  alias(libs.plugins.shadow)\n}\ndependencies { implementation(libs.mcp.server) }\n',
      'gradle/libs.versions.toml':
        '[libraries]\nmcp-server = { module = "io.modelcontextprotocol.sdk:mcp", version = "1.0.0" }\n[plugins]\nshadow = { id = "com.gradleup.shadow", version = "8" }\n',
      [SPRING]: `${MAIN}\nnew StdioServerTransportProvider();`,
    };
    const plan = planIn(await detectJava(projectOf(files)));

    expect(plan.build[0]?.run.at(-1)).toBe('shadowJar');
    expect(plan.metadata.dependencies).toEqual({ 'io.modelcontextprotocol.sdk:mcp': '1.0.0' });
  });

  it.each([
    [
      'no MCP library',
      { 'pom.xml': pom({ artifact: 'spring-ai-core' }), [SPRING]: MAIN },
      /MCP library/,
    ],
    [
      'only a client',
      { 'pom.xml': pom({ artifact: 'spring-ai-starter-mcp-client' }), [SPRING]: MAIN },
      /MCP library/,
    ],
    ['no main method', { 'pom.xml': pom() }, /main method/],
  ])('says that a build with %s is no server', async (_, files, reason) => {
    expect(reasonIn(await detectJava(projectOf(files)))).toMatch(reason);
  });

  it('does not expand the entities that a pom.xml defines', async () => {
    const bomb = `<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>${pom().replace('notes', '&b;')}`;
    const finding = await detectJava(projectOf({ 'pom.xml': bomb, [SPRING]: MAIN }));

    expect(JSON.stringify(finding ?? null)).not.toContain('aaaaaaaaaa');
  });
});
