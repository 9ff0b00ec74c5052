// Credentials in URLs: before the host, and in the query.
import { REDACTED } from './marks.ts';

/** As the grammar of URLs has it: a password has no slash, question mark or number sign. */
const PASSWORD = /(:\/\/[^\s/:@?#"'<>]{0,200}:)(?!\[redacted\]@)(?:[^\s/?#"'<>]|["'](?=\w)){1,500}(?=@)/g;
/** Passwords that were put into a URL as they are. A port with a path behind it is none. */
const RAW_PASSWORD =
  /(:\/\/[^\s/:@?#"'<>]{0,200}:)(?!\d{1,5}(?:[/?#]|$)|\[redacted\])(?:[^\s@"'<>]|["'](?=\w)){1,200}(?=@)/g;
/** A token instead of a user's name. */
const USER_TOKEN = /(:\/\/)(?=[A-Za-z_-]{0,60}\d)[\w-]{16,200}(?=@)/g;
/** Addresses that let everyone in who knows them. */
const WEBHOOK =
  /(\b(?:hooks\.slack\.com\/(?:services|workflows|triggers)|discord(?:app)?\.com\/api\/webhooks|webhook\.office\.com\/webhookb2|outlook\.office\.com\/webhook|hooks\.zapier\.com\/hooks|maker\.ifttt\.com|events\.pagerduty\.com\/integration|chat\.googleapis\.com\/v1\/spaces)\/)(?!\[redacted\])[^\s"'<>]+/gi;
/** Short names are secrets' names in a query only. */
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
