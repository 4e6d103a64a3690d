/** A build of Maven or Gradle, as far as a plan needs to know it. */
export interface JavaProject {
  readonly tool: 'maven' | 'gradle';
  /** In the repository. */
  readonly manifest: string;
  /** The folder of the build: of the topmost pom.xml, or of the settings.gradle. */
  readonly root: string;
  /** The folder of the server. */
  readonly folder: string;
  readonly name: string;
  readonly version: string | null;
  readonly description: string | null;
  /** The Java that it asks for; null when it says none. */
  readonly java: number | null;
  /** `group:artifact` to the version, without those for tests. */
  readonly dependencies: Readonly<Record<string, string>>;
  readonly packaging: JavaPackaging;
  readonly mainClass: string | null;
  /** The major version of the wrapper's Gradle. */
  readonly gradle: number | null;
}

/** How the dependencies come to the program: in one jar, or beside it. */
export type JavaPackaging = 'spring-boot' | 'quarkus' | 'fat-jar' | 'application' | 'jar';

/** Speaks MCP as a server: Spring AI's, Quarkus', the SDKs, and whatever calls itself one. */
const MCP_LIBRARY = /(?:^|[-.:])mcp(?:[-.:]|$)/;
const NO_SERVER = /mcp-client|langchain4j-mcp|mcp-bom|spring-ai-mcp-annotations/;

export function javaLibrary(project: JavaProject): string | undefined {
  const names = Object.keys(project.dependencies);
  return names.find((name) => MCP_LIBRARY.test(name) && !NO_SERVER.test(name));
}
