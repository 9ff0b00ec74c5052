import type { EventDeclaration } from '../monitor/event-table.ts';
import type { Field } from '../monitor/event-fields.ts';
import { EVENTS } from '../monitor/events.ts';

export type EventType = keyof typeof EVENTS;

/** More is a unit taken for another, and would spoil a sum for good. */
export const MAX_SECONDS = 1e9;

/** How a field of an event is named here and in JSON. */
export interface WireMember {
  readonly name: string;
  readonly member: string;
  readonly field: Field<unknown>;
}

export const DECLARATIONS: readonly (readonly [EventType, EventDeclaration])[] = Object.entries(
  EVENTS,
) as unknown as readonly [EventType, EventDeclaration][];

const MEMBERS = new Map(DECLARATIONS.map(([type, declaration]) => [type, wireMembers(declaration)]));

/** The fields of an event that are sent, in their order. */
export function membersOf(type: EventType): readonly WireMember[] {
  return MEMBERS.get(type) ?? [];
}

function wireMembers({ fields, sentWith }: EventDeclaration): readonly WireMember[] {
  return Object.entries({ ...fields, ...sentWith })
    .filter(([, field]) => field.shape.kind !== 'local')
    .map(([name, field]) => ({ name, member: memberOf(name), field }));
}

/** In snake_case. All durations are in seconds, and their names do not say so. */
function memberOf(name: string): string {
  return name.replace(/Seconds$/, '').replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
