import type { BasePair, BuildPlan, BuildStep } from '../../core/build-plan.js';
import { relativeTo } from '../support/paths.js';
import type { JavaProject } from './java-project.js';

/** Versions with long support, which have images. */
const SUPPORTED = [17, 21, 25];
/** What is taken when nothing asks for one: all frameworks of today run on it. */
const USUAL = 21;
const GRADLE_LINES = [8, 9];

/** Checks of style, licences and signatures: they say nothing about whether the server works. */
const NO_CHECKS = [
  'maven.test.skip',
  'maven.javadoc.skip',
  'maven.gitcommitid.skip',
  'checkstyle.skip',
  'enforcer.skip',
  'gpg.skip',
  'license.skip',
  'spotless.check.skip',
  'spotbugs.skip',
].map((name) => `-D${name}=true`);

/** Takes the largest jar of folder $1 that is a program, whatever its version is called. */
const TAKE_JAR =
  'set -eu; mkdir -p /out; jar=$(ls -S "$1"/*.jar ' +
  "| grep -Ev -e '(-sources|-javadoc|-tests|-plain)\\.jar$' -e '/original-' | head -n 1); " +
  'cp "$jar" /out/server.jar';
const TAKE_FOLDER = 'set -eu; mkdir -p /out; cp -R "$1" "/out/$2"';
const TAKE_LIBRARIES = 'set -eu; mkdir -p /out; cp -R "$1"/*/lib /out/lib';

type JavaBuild = Pick<BuildPlan, 'build' | 'caches' | 'buildEnvironment' | 'outputs'>;

/** The Java and the images that fit what the project asks for. */
export function javaVersion(project: JavaProject): Pick<BuildPlan, 'languageVersion' | 'bases'> {
  const asked = project.java;
  const enough = SUPPORTED.filter((version) => version >= (asked ?? USUAL));
  // Newer than all that is known: an image of that name may exist by now.
  const versions = enough.length > 0 ? enough : [asked ?? USUAL];
  return {
    languageVersion: {
      value: String(versions[0] ?? USUAL),
      constraint: asked === null ? null : String(asked),
      source: asked === null ? 'default' : project.manifest,
    },
    // Gradle's toolchains want exactly the version that they name.
    bases: (project.tool === 'gradle' ? versions.slice(0, 1) : versions).flatMap((version) =>
      bases(project, version),
    ),
  };
}

/** The words that start what `javaBuild` puts into `/app`. */
export function javaLaunch(project: JavaProject): string[] {
  if (project.packaging === 'quarkus') return ['-jar', '/app/quarkus-app/quarkus-run.jar'];
  const main = project.mainClass;
  if (needsClassPath(project) && main !== null) return ['-cp', '/app/lib/*:/app/server.jar', main];
  return ['-jar', '/app/server.jar'];
}

export function javaBuild(project: JavaProject): JavaBuild {
  const build = project.tool === 'maven' ? mavenSteps(project) : gradleSteps(project);
  const cache =
    project.tool === 'maven'
      ? { id: 'maven-repository', path: '/root/.m2/repository' }
      : { id: 'gradle-home', path: '/gradle-home' };
  return {
    build,
    caches: [cache],
    buildEnvironment: project.tool === 'maven' ? {} : { GRADLE_USER_HOME: cache.path },
    outputs: [{ from: '/out', to: '/app' }],
  };
}

function bases({ tool, gradle }: JavaProject, version: number): BasePair[] {
  const run = `eclipse-temurin:${version}-jre`;
  if (tool === 'maven') return [{ build: `maven:3-eclipse-temurin-${version}`, run }];
  const line = Math.max(gradle ?? 8, version > 24 ? 9 : 8);
  const lines = gradle === null ? GRADLE_LINES.filter((one) => one >= line) : [line];
  return lines.map((one) => ({ build: `gradle:${one}-jdk${version}`, run }));
}

/** The Maven of the image, and never the wrapper, which would download another one. */
function mavenSteps(project: JavaProject): BuildStep[] {
  const module = relativeTo(project.root, project.folder) ?? '.';
  const of = module === '.' ? [] : ['-pl', module, '-am'];
  const maven = ['mvn', '-B', '-ntp', ...NO_CHECKS, ...of];
  const folder = '.';
  if (project.packaging === 'quarkus') {
    const take = shell(TAKE_FOLDER, `${module}/target/quarkus-app`, 'quarkus-app');
    return [
      { run: [...maven, 'package'], folder },
      { run: take, folder },
    ];
  }
  const take = { run: shell(TAKE_JAR, `${module}/target`), folder };
  if (!needsClassPath(project)) return [{ run: [...maven, 'package'], folder }, take];
  const copy = ['dependency:copy-dependencies', '-DincludeScope=runtime'];
  copy.push('-DoutputDirectory=/out/lib');
  return [{ run: [...maven, 'package', ...copy], folder }, take];
}

function gradleSteps(project: JavaProject): BuildStep[] {
  const module = relativeTo(project.root, project.folder) ?? '.';
  const prefix = module === '.' ? '' : `:${module.replaceAll('/', ':')}:`;
  const task = (name: string): BuildStep => ({
    run: ['gradle', '--no-daemon', '--console=plain', `${prefix}${name}`],
    folder: '.',
  });
  const take = (script: string, ...words: string[]): BuildStep => ({
    run: shell(script, ...words),
    folder: '.',
  });
  const libs = `${module}/build/libs`;
  switch (project.packaging) {
    case 'spring-boot':
      return [task('bootJar'), take(TAKE_JAR, libs)];
    case 'quarkus':
      return [
        task('quarkusBuild'),
        take(TAKE_FOLDER, `${module}/build/quarkus-app`, 'quarkus-app'),
      ];
    case 'fat-jar':
      return [task('shadowJar'), take(TAKE_JAR, libs)];
    case 'application':
      return project.mainClass === null
        ? [task('jar'), take(TAKE_JAR, libs)]
        : [task('installDist'), take(TAKE_LIBRARIES, `${module}/build/install`)];
    case 'jar':
      return [task('jar'), take(TAKE_JAR, libs)];
    default:
      return project.packaging satisfies never;
  }
}

/** Whether the dependencies are beside the program's own jar. */
function needsClassPath({ packaging, mainClass, tool }: JavaProject): boolean {
  if (mainClass === null) return false;
  return tool === 'maven' ? packaging === 'jar' : packaging === 'application';
}

function shell(script: string, ...words: string[]): string[] {
  return ['sh', '-c', script, 'sh', ...words];
}
