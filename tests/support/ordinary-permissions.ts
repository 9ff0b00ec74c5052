/**
 * The command, without the right of the superuser to read every file: the permissions of files apply, as for the owner.
 * An ordinary user does not have that right.
 */
export function withOrdinaryPermissions(command: string, args: readonly string[]) {
  if (process.geteuid?.() !== 0) return { command, args: [...args] };
  const without = '-dac_override,-dac_read_search';
  return {
    command: 'setpriv',
    args: [`--bounding-set=${without}`, `--inh-caps=${without}`, command, ...args],
  };
}
