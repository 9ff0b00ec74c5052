import type { EventDeclaration } from '../monitor/event-table.ts';
import type { Field } from '../monitor/event-fields.ts';
import { EVENTS } from '../monitor/events.ts';

export type EventType = keyof typeof EVENTS;

/** Larger durations are a mistake in units, and would distort sums permanently. */
export const MAX_SECONDS = 1e9;

/** A field's name in TypeScript and in JSON. */
export interface WireMember {
  readonly name: string;
  readonly member: string;
  readonly field: Field<unknown>;
}

export const DECLARATIONS: readonly (readonly [EventType, EventDeclaration])[] = Object.entries(
  EVENTS,
) as unknown as readonly [EventType, EventDeclaration][];

const OPTIONAL: ReadonlySet<string> = new Set(
  DECLARATIONS.filter(([, { isOptional }]) => isOptional).map(([type]) => type),
);

/** Whether an event is sent in the list `optional_events`. */
export function isOptional(type: string): boolean {
  return OPTIONAL.has(type);
}

const MEMBERS = new Map(DECLARATIONS.map(([type, declaration]) => [type, wireMembers(declaration)]));

/** The sent fields of an event, in declaration order. */
export function membersOf(type: EventType): readonly WireMember[] {
  return MEMBERS.get(type) ?? [];
}

function wireMembers({ fields, sentWith }: EventDeclaration): readonly WireMember[] {
  return Object.entries({ ...fields, ...sentWith })
    .filter(([, field]) => field.shape.kind !== 'local')
    .map(([name, field]) => ({ name, member: memberOf(name), field }));
}

/** Converts to snake_case, without the suffix `Seconds`, because all durations in JSON are in seconds. */
function memberOf(name: string): string {
  return name.replace(/Seconds$/, '').replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
