import { z } from 'zod';

// Query parameters and their error messages.

export const numberParameter = (check: z.ZodNumber, fallback: number) =>
  z
    .string({ error: 'expected one number' })
    .regex(/^-?\d+(\.\d+)?$/, 'expected a number')
    .transform(Number)
    .pipe(check)
    .default(fallback);

export const operationName = z.string({ error: 'expected the name of one operation' }).min(1).max(256);

export const serverName = z.string({ error: 'expected the name of one server' }).min(1).max(256);

export const searchText = z.string({ error: 'expected one text' }).min(1).max(256);

export const identifier = z.string({ error: 'expected one id' }).min(1).max(256);
