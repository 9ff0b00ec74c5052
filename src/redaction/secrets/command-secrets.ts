// Secrets behind short options of command lines and argument lists: `curl -u admin:x`, `mysql -px`.
import { REDACTED } from './marks.ts';
import { nameKind } from './secret-name.ts';
import { isSecretText } from './secret-value.ts';

const USER_OPTION = String.raw`(?:-u|-U|--user|--proxy-user|--creds?|--credentials?|--basic-auth|--auth)`;
/** `user:password` and, for smbclient, `user%password`. Excludes `uid:gid` and URLs. */
const USER_PASSWORD = new RegExp(
  String.raw`((?<![\w-])${USER_OPTION}(?:[ \t=]{0,4}|["',\s]{2,8})["']?(?!\d+:\d+(?!\S)|https?:)[^\s:"'=,/%]{0,100}[:%])(?!/|\[redacted\])([^\s"',]+)`,
  'g',
);
const USER_PAIR = /^([^:%\s/]{0,100}[:%])(?!\/)(\S+)$/;

/** Programs with a one-letter option for a password, and that option. */
const PASSWORD_OPTIONS: readonly (readonly [RegExp, string])[] = [
  [
    /^(?:mysql\w*|mariadb(?:-\w+)?|mongo(?:sh|dump|restore|export|import)?|sshpass|7z[ar]?|unrar|rar|docker login|cqlsh|clickhouse-client|influx|nats|mosquitto_\w+|impacket\w*|crackmapexec|evil-winrm|rabbitmqadmin)$/,
    '-p',
  ],
  [/^(?:sqlcmd|bcp|isql|osql|zip|unzip|mosquitto_\w+|kinit)$/, '-P'],
  [/^(?:redis-cli|keydb-cli|valkey-cli)$/, '-a'],
  [/^(?:ldap\w+)$/, '-w'],
  [/^(?:snmp\w+)$/, '-[cAX]'],
];
const PROGRAMS = PASSWORD_OPTIONS.map(([program, option]) => {
  const name = program.source.slice(1, -1);
  return new RegExp(
    String.raw`((?<![\w-])${name}(?:\.exe)?["']?[ \t,][^\r\n;|&]{0,300}?(?<=[ \t"'])(?:${option})(?:["']?,?[ \t=]{0,4}["']?))(?![ \t"',-]|\[redacted\])([^\s"',]+)`,
    'g',
  );
});
const PROGRAM =
  /mysql|mariadb|mongo|sshpass|7z|rar\b|docker|cqlsh|clickhouse|influx|nats|mosquitto|impacket|crackmap|evil-|rabbitmq|sqlcmd|bcp|isql|osql|zip|kinit|-cli|ldap|snmp/;
/** The password source `pass:` of openssl and other programs. */
const PASS_SOURCE = /(\bpass:)(?!\[redacted\])[^\s"',]+/g;
/** Passwords in .netrc files. */
const NETRC = /(\blogin\s{1,10}[^\s"']{1,100}\s{1,10}password\s{1,10})(?!\[redacted\])[^\s"']+/gi;
const REDIS =
  /(\b(?:requirepass|masterauth|masteruser|IDENTIFIED[ \t]{1,4}BY)[ \t]{1,10}["']?)(?!\[redacted\])[^\s"']+/gi;
/** A password in a sentence. The value must contain a digit, so that `the password is wrong` is kept. */
const SENTENCE =
  /(\b(?:password|passphrase|passcode|pwd|pin|secret|token|otp|(?:api|access|secret)[ _-]?key|code)[ \t]{1,4}(?:is|was)[ \t]{1,4}["'`]?)(?=[A-Za-z!@#$%^&*_+.-]{0,60}\d)(?!\[redacted\])[^\s"'`]{3,}/gi;

/** Masks passwords behind short options. */
export function maskOptions(text: string): string {
  if (!/[\s"'`]-|^-/.test(text)) return text;
  const masked = text.replace(USER_PASSWORD, `$1${REDACTED}`);
  if (!PROGRAM.test(masked)) return masked;
  return PROGRAMS.reduce((each, program) => each.replace(program, `$1${REDACTED}`), masked);
}

/** A directive or command that sets a variable: `SetEnv`, `ENV`, `setenv`, `set -x`, `git config`. */
const DIRECTIVE =
  /(\b(?:SetEnv|setenv|ENV|set(?: -[a-zA-Z]{1,3}){1,3}|config(?: --[a-z]{1,20})?|configure set|config set)[ \t]{1,8}([\w.:/-]{2,100})[ \t]{1,8})(?![=[-])([^\s"']+)/g;
/** User name and password without a URL scheme: `root:x@tcp(127.0.0.1)`, `bob:x@db.test:5432`. */
const LOGIN =
  /((?<![\w/@.:-])(?!(?:mailto|acct|sips?|xmpp|npm|jsr|pkg|git|ssh|https?):)[A-Za-z][\w.-]{0,60}:)(?!\[redacted\])([^\s:@/"'<>()]{3,200})(?=@(?:tcp|unix)\(|@[\w.-]{1,100}(?::\d|\/))/g;

/** Masks passwords in sentences and in lines of configuration files. */
export function maskSentences(text: string): string {
  return [PASS_SOURCE, NETRC, REDIS, SENTENCE]
    .reduce((masked, pattern) => masked.replace(pattern, `$1${REDACTED}`), text)
    .replace(DIRECTIVE, (whole: string, before: string, name: string, value: string) => {
      const kind = nameKind(name);
      return kind && isSecretText(kind, value) ? before + REDACTED : whole;
    });
}

/** Masks the password of a login before a host. */
export function maskLogins(text: string): string {
  return text.includes('@') ? text.replace(LOGIN, `$1${REDACTED}`) : text;
}

/**
 * Masks the secrets in an argument list that follow an option for a secret.
 *
 * @param program - the program, if it is not the first item of the list
 */
export function maskArguments(list: readonly unknown[], program: string): readonly unknown[] {
  const names = [program, ...list].flatMap((item) =>
    typeof item === 'string' ? item.replace(/^.*[\\/]/, '') : [],
  );
  const options = PASSWORD_OPTIONS.filter(([name]) =>
    names.some((text) => name.test(text.replace(/\.exe$/, ''))),
  );
  return list.map((item, i) => {
    const before: unknown = list[i - 1];
    return typeof before === 'string' ? maskArgument(before, item, options) : item;
  });
}

function maskArgument(before: string, item: unknown, options: typeof PASSWORD_OPTIONS): unknown {
  if (typeof item !== 'string' && typeof item !== 'number') return item;
  const text = String(item);
  if (!/^[-/]/.test(before)) return item;
  if (isSecretOption(before) && !/^--?\w/.test(text)) return REDACTED;
  if (options.some(([, option]) => new RegExp(`^(?:${option})$`).test(before))) return REDACTED;
  const pair = new RegExp(`^${USER_OPTION}$`).test(before) ? USER_PAIR.exec(text) : null;
  return pair && !/^\d+:\d+$|^https?:/.test(text) ? `${pair[1]}${REDACTED}` : item;
}

function isSecretOption(option: string): boolean {
  if (!/^[-/]\S+$/.test(option) || option.includes('=')) return false;
  const kind = nameKind(option);
  return kind !== null && kind !== 'random';
}
