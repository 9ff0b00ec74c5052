// Imported by programs that npm starts. npm passes on SIGINT and SIGTERM, but not SIGHUP, and nothing if it is killed: a
// program whose parent has ended stops, too.
const POLL_MS = 250;
const parent = process.ppid;

if (process.env.npm_lifecycle_event !== undefined && process.platform !== 'win32') {
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    process.kill(process.pid, 'SIGTERM');
  }, POLL_MS).unref();
}
