import { isAbsolute, delimiter, relative, sep } from 'node:path';

/** The variables that a worker inherits. The exporter's environment may contain keys and passwords. */
const PASSED_ON = [
  'HOME',
  'LANG',
  'LC_ALL',
  'LC_CTYPE',
  'TZ',
  'TMPDIR',
  'TEMP',
  'TMP',
  'SYSTEMROOT',
  'USERPROFILE',
  // Where git finds the user's own configuration, and whom it trusts under sudo.
  'XDG_CONFIG_HOME',
  'GIT_CONFIG_GLOBAL',
  'GIT_CONFIG_SYSTEM',
  'GIT_CONFIG_NOSYSTEM',
  'SUDO_UID',
];

/** The environment of a worker for the workspace at `root`. */
export function workerEnvironment(env: NodeJS.ProcessEnv, root: string): NodeJS.ProcessEnv {
  const passed = PASSED_ON.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]] as const]));
  return { ...Object.fromEntries(passed), PATH: searchPathOutside(root, env['PATH'] ?? '') };
}

/** `path` without relative folders and folders of the workspace, so that a `git` in the workspace never runs. */
function searchPathOutside(root: string, path: string): string {
  return path
    .split(delimiter)
    .filter((folder) => isAbsolute(folder) && !isInside(root, folder))
    .join(delimiter);
}

function isInside(root: string, path: string): boolean {
  const inside = relative(root, path);
  return inside !== '..' && !inside.startsWith(`..${sep}`) && !isAbsolute(inside);
}
