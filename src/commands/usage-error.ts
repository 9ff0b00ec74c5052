/** A command line that makes no sense; exits with 2. */
export class UsageError extends Error {}
