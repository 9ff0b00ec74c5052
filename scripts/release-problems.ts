/** Placeholder for the account that owns the repository. */
const PLACEHOLDER = 'OWNER';
const FILES_WITH_OWNER = ['package.json', 'server.json', 'docker/Dockerfile.monitoring', 'README.md'];

export interface ReleaseFiles {
  /** @returns the text of a file of this repository */
  readonly read: (path: string) => string;
  /** The tag that is released, such as `v1.2.3`. */
  readonly tag?: string | undefined;
}

/** The problems that prevent the publication of this version, one sentence each. */
export function releaseProblems({ read, tag }: ReleaseFiles): string[] {
  const { version } = JSON.parse(read('package.json')) as { version: string };
  const unfilled = FILES_WITH_OWNER.filter((path) => read(path).includes(`${PLACEHOLDER}/mcp-exporter`));
  return [
    ...unfilled.map((path) => `${path}: replace ${PLACEHOLDER} with the owner of the repository`),
    ...(tag === undefined || tag === `v${version}` ? [] : [`expected the tag v${version}, got ${tag}`]),
    ...(tag === undefined || read('CHANGELOG.md').includes(`## [${version}]`)
      ? []
      : [`CHANGELOG.md: expected a section [${version}]`]),
  ];
}
