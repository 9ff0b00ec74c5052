// Imported by programs that npm starts. Ends the program when npm ends, because npm forwards only SIGINT and SIGTERM to
// it, and no signal if npm is killed.
const POLL_MS = 250;
const parent = process.ppid;

if (process.env.npm_lifecycle_event !== undefined && process.platform !== 'win32') {
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    process.kill(process.pid, 'SIGTERM');
  }, POLL_MS).unref();
}
