import { z } from 'zod';

import { ALLOWED_PATTERNS, patternProblem } from '../redaction/secrets/custom-patterns.ts';

/** What a setting may be: how its environment variable is read, and how a value given in code is checked. */
export interface SettingKind<T> {
  /** Reads the text of the environment variable. */
  readonly fromText: z.ZodType<T, string>;
  /** Checks a value that a program gives. */
  readonly value: z.ZodType<T>;
  readonly fallback: T;
  /** The allowed values, in words. */
  readonly allowed: string;
}

/** Texts that are parsed, then checked like a value. */
function kind<T>(
  value: z.ZodType<T>,
  fallback: T,
  allowed: string,
  parse: z.ZodType<unknown, string>,
): SettingKind<T> {
  return { value, fallback, allowed, fromText: parse.pipe(value) };
}

export function flag(fallback: boolean): SettingKind<boolean> {
  const parse = z.stringbool({ truthy: ['true', '1'], falsy: ['false', '0'] });
  return kind(z.boolean(), fallback, 'true or false', parse);
}

export function number(check: z.ZodNumber, fallback: number, allowed: string): SettingKind<number> {
  const parse = z
    .string()
    .regex(/^-?\d+(\.\d+)?$/)
    .transform(Number);
  return kind(check, fallback, allowed, parse);
}

export function integer(min: number, max: number, fallback: number): SettingKind<number> {
  return number(z.number().int().min(min).max(max), fallback, `an integer from ${min} to ${max}`);
}

export function port(fallback: number): SettingKind<number> {
  return { ...integer(0, 65_535, fallback), allowed: 'an integer from 0 to 65535; 0 takes any free port' };
}

export function text(pattern: RegExp, fallback: string, allowed: string): SettingKind<string> {
  return kind(z.string().regex(pattern), fallback, allowed, z.string());
}

export function choice<const T extends string>(
  values: readonly [T, ...T[]],
  fallback: NoInfer<T>,
): SettingKind<T> {
  const [last, ...others] = values.toReversed();
  return kind(z.enum(values), fallback, `${others.toReversed().join(', ')} or ${last}`, z.string());
}

export function optionalText(pattern: RegExp, allowed: string): SettingKind<string | undefined> {
  return kind(z.string().regex(pattern).optional(), undefined, allowed, z.string());
}

export function optionalUrl(allowed = 'an http or https URL'): SettingKind<string | undefined> {
  return kind(z.url({ protocol: /^https?$/ }).optional(), undefined, allowed, z.string());
}

/** A URL that links are built from: a query, a fragment or a password would break or leak. */
export function optionalLinkBase(): SettingKind<string | undefined> {
  const check = z.url({ protocol: /^https?$/ }).refine((href) => {
    const { username, password, search, hash } = new URL(href);
    return username + password + search + hash === '';
  });
  const allowed = 'an http or https URL without query, fragment and password';
  return kind(check.optional(), undefined, allowed, z.string());
}

export function list(item: z.ZodString, allowed: string): SettingKind<readonly string[]> {
  const parse = z.string().transform((all) =>
    all
      .split(',')
      .map((each) => each.trim())
      .filter(Boolean),
  );
  return kind(z.array(item).readonly(), [], `${allowed}, separated by commas`, parse);
}

/** Regular expressions, one per line: a comma may be a part of one. */
export function patterns(): SettingKind<readonly string[]> {
  const parse = z.string().transform((all) => all.split(/\r?\n/).filter((line) => line.trim() !== ''));
  const check = z
    .array(z.string())
    .readonly()
    .superRefine((sources, context) => {
      const problem = patternProblem(sources);
      if (problem !== null) context.addIssue({ code: 'custom', message: problem });
    });
  return kind(check, [], `${ALLOWED_PATTERNS}, one per line`, parse);
}
