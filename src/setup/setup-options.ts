import type { Machine } from './client-files.ts';
import type { RunCommand } from './user-service.ts';

/** How `setup` talks to the user. */
interface Dialog {
  readonly print: (text: string) => void;
  /** Asks a question that is answered by yes or no. Rejects if it cannot be asked. */
  readonly confirm: (question: string) => Promise<boolean>;
  /** Shows what a long wait is for. */
  readonly showProgress?: (text: string, wait: Promise<void>) => Promise<void>;
}

export interface SetupOptions extends Dialog {
  readonly machine: Machine;
  /** The user's number. Only launchd asks for it. */
  readonly uid: number;
  /**
   * The hub that the user has chosen. Without a choice, servers that run behind the proxy keep theirs, and others get
   * the hub of an earlier setup.
   */
  readonly hubUrl: string | undefined;
  /** The command, and its first arguments, by which clients start the proxy, and a service the hub. */
  readonly program: readonly string[];
  /** The same for users, in a shell. */
  readonly shellProgram: readonly string[];
  /** The same for the hub in the background. */
  readonly runningProgram: readonly string[];
  /** Whether the environment has a key for the hub. */
  readonly hasKey: boolean;
  readonly isServiceWanted: boolean;
  /** Runs a command of the system. Throws if it fails. */
  readonly runCommand?: RunCommand;
}
