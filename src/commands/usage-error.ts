/** An invalid command line. The program exits with 2. */
export class UsageError extends Error {}
