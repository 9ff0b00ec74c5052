interface System {
  readonly platform: NodeJS.Platform;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * The path that a user means. Documentation of MCP clients names their files as `%APPDATA%\…`, which cmd.exe expands,
 * but PowerShell and Git Bash do not.
 */
export function resolveGivenPath(path: string, { platform, env }: System): string {
  if (platform !== 'win32') return path;
  const values = new Map(Object.entries(env).map(([name, value]) => [name.toUpperCase(), value]));
  return path.replaceAll(/%([^%]+)%/g, (text, name: string) => values.get(name.toUpperCase()) || text);
}
