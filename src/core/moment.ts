import { z } from 'zod';

const RFC3339 =
  /^(?<date>\d{4}-\d\d-\d\d)[Tt ](?<time>\d\d:\d\d:\d\d)(?:\.(?<fraction>\d{1,9}))?(?<zone>[Zz]|[+-]\d\d:\d\d)$/;

const RULE = 'must be a Date, or an RFC 3339 time such as "2026-01-31T12:00:00Z"';

/** Schema of a moment: a Date or an RFC 3339 text; gives nanoseconds since 1970. */
export const moment: z.ZodType<bigint, Date | string> = z
  .union([z.date(), z.string()], RULE)
  .transform((value, context) => {
    const nanoseconds = typeof value === 'string' ? ofText(value) : ofMilliseconds(value.getTime());
    if (nanoseconds !== undefined) return nanoseconds;
    context.issues.push({ code: 'custom', message: RULE, input: value });
    return z.NEVER;
  });

/** `Date` has milliseconds only, so the fraction is read apart. */
function ofText(text: string): bigint | undefined {
  const { date = '', time = '', fraction = '', zone = '' } = RFC3339.exec(text)?.groups ?? {};
  const whole = ofMilliseconds(Date.parse(`${date}T${time}${zone.toUpperCase()}`));
  return whole === undefined ? undefined : whole + BigInt(fraction.padEnd(9, '0'));
}

/** Undefined for what is no time, and before 1970. */
function ofMilliseconds(ms: number): bigint | undefined {
  return ms >= 0 ? BigInt(Math.trunc(ms)) * 1_000_000n : undefined;
}
