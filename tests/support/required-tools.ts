import { execFileSync } from 'node:child_process';

// The programs that the end-to-end tests require, and the Debian package of each.
const TOOLS = [
  { command: 'chromium', debianPackage: 'chromium' },
  { command: 'prometheus', debianPackage: 'prometheus' },
  { command: 'promtool', debianPackage: 'prometheus' },
  { command: 'prometheus-alertmanager', debianPackage: 'prometheus-alertmanager' },
  { command: 'amtool', debianPackage: 'prometheus-alertmanager' },
  { command: 'victoria-metrics', debianPackage: 'victoria-metrics' },
  { command: 'docker-compose', debianPackage: 'docker-compose' },
  { command: '/usr/sbin/nginx', debianPackage: 'nginx' },
  { command: 'caddy', debianPackage: 'caddy' },
  { command: 'openssl', debianPackage: 'openssl' },
  { command: 'script', debianPackage: 'bsdutils' },
  { command: 'bash', debianPackage: 'bash' },
  { command: 'zsh', debianPackage: 'zsh' },
  { command: 'fish', debianPackage: 'fish' },
];

/** Installs missing programs (as root on Debian), or fails with the names of their packages. Tests are never skipped. */
export function setup(): void {
  const missing = TOOLS.filter(({ command }) => !isInstalled(command));
  if (missing.length === 0) return;
  const packages = [...new Set(missing.map(({ debianPackage }) => debianPackage))];
  const install = ['install', '--yes', '--no-install-recommends', ...packages];
  if (process.getuid?.() === 0 && isInstalled('apt-get')) {
    const options = { stdio: 'inherit', env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } } as const;
    execFileSync('apt-get', ['update', '--quiet'], options);
    // Prevents the start of services, because the tests run their own.
    const policy = { ...options, env: { ...options.env, RUNLEVEL: '1' } };
    execFileSync('apt-get', install, policy);
  }
  const absent = TOOLS.filter(({ command }) => !isInstalled(command));
  if (absent.length === 0) return;
  const commands = absent.map(({ command }) => command).join(' and ');
  throw new Error(`The tests need ${commands}; on Debian: sudo apt-get ${install.join(' ')}`);
}

function isInstalled(command: string): boolean {
  try {
    execFileSync('which', [command], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
