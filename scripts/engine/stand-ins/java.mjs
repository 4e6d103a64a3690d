import { buildFromDebian, symlinks } from './debian.mjs';
import { DEFAULT_PATH, titleLabel } from './kit.mjs';

/** Where the originals, which are made of Temurin on Ubuntu, have their JDK or JRE. */
const JAVA_HOME = '/opt/java/openjdk';

/** Where the packages of OpenJDK link their manuals; they do not install without it. */
const FOLDERS = ['usr/share/man/man1'];

/**
 * @typedef {{ suite: string, java: string }} From a Debian suite and the version of its OpenJDK
 */

/**
 * @param {From} from
 * @returns {import('../catalog.mjs').CatalogImage['make']}
 */
export function temurinJreFrom({ suite, java }) {
  return (kit, reference) =>
    buildFromDebian(kit, reference, {
      suite,
      include: ['ca-certificates', 'tzdata', `openjdk-${java}-jre-headless`],
      folders: FOLDERS,
      lines: [...javaLines(java), titleLabel(reference), 'CMD ["bash"]'],
    });
}

/**
 * Debian's Maven is the one of the original, or a little older; its settings are Debian's.
 *
 * @param {From} from
 * @returns {import('../catalog.mjs').CatalogImage['make']}
 */
export function mavenFrom({ suite, java }) {
  return (kit, reference) =>
    buildFromDebian(kit, reference, {
      suite,
      include: ['ca-certificates', 'git', `openjdk-${java}-jdk-headless`, 'maven'],
      folders: FOLDERS,
      lines: [
        ...javaLines(java),
        'ENV MAVEN_HOME=/usr/share/maven MAVEN_CONFIG=/root/.m2',
        titleLabel(reference),
        'CMD ["mvn"]',
      ],
    });
}

/**
 * @param {string} java
 * @returns {string[]}
 */
function javaLines(java) {
  return [
    'RUN mkdir -p /opt/java',
    symlinks({ [JAVA_HOME]: `/usr/lib/jvm/java-${java}-openjdk-$(dpkg --print-architecture)` }),
    `ENV JAVA_HOME=${JAVA_HOME} PATH=${JAVA_HOME}/bin:${DEFAULT_PATH} LANG=C.UTF-8`,
  ];
}
