// Credentials in URLs: before the host and in the query.
import { REDACTED } from './marks.ts';

/** A valid password of a URL, without slash, question mark and number sign. */
const PASSWORD = /(:\/\/[^\s/:@?#"'<>]{0,200}:)(?!\[redacted\]@)(?:[^\s/?#"'<>]|["'](?=\w)){1,500}(?=@)/g;
/** An unescaped password in a URL. Excludes a port with a path. */
const RAW_PASSWORD =
  /(:\/\/[^\s/:@?#"'<>]{0,200}:)(?!\d{1,5}(?:[/?#]|$)|\[redacted\])(?:[^\s@"'<>]|["'](?=\w)){1,200}(?=@)/g;
/** A token as user name. */
const USER_TOKEN = /(:\/\/)(?=[A-Za-z_-]{0,60}\d)[\w-]{16,200}(?=@)/g;
/** Webhook URLs, which are secret themselves. */
const WEBHOOK =
  /(\b(?:hooks\.slack\.com\/(?:services|workflows|triggers)|discord(?:app)?\.com\/api\/webhooks|webhook\.office\.com\/webhookb2|outlook\.office\.com\/webhook|hooks\.zapier\.com\/hooks|maker\.ifttt\.com|events\.pagerduty\.com\/integration|chat\.googleapis\.com\/v1\/spaces)\/)(?!\[redacted\])[^\s"'<>]+/gi;
/** Query parameters. Some of these names are too short for other texts. */
const PARAMETER =
  /([?&](?:amp;)?(?:[\w.-]{1,40}[-_.])?(?:sig|signature|key|code|token|jwt|otp|pin|auth|ticket|sid|hmac|credential|assertion|samlresponse|pw|pass|password|secret)=)(?!\[redacted\]|\d{1,3}(?:[&#\s"'<>]|$))[^&#\s"'<>]+/gi;

export function maskUrls(text: string): string {
  let masked = text;
  if (text.includes('://')) {
    masked = masked
      .replace(PASSWORD, `$1${REDACTED}`)
      .replace(RAW_PASSWORD, `$1${REDACTED}`)
      .replace(USER_TOKEN, `$1${REDACTED}`)
      .replace(WEBHOOK, `$1${REDACTED}`);
  }
  return /[?&]/.test(masked) ? masked.replace(PARAMETER, `$1${REDACTED}`) : masked;
}
