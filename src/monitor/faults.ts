/** The parts of the exporter that can fail independently. A failing part never stops the watched server. */
export const FAULT_PARTS = [
  'observer',
  'subscriber',
  'collector',
  'feed',
  'log',
  'history',
  'alerts',
  'hub',
  'listener',
  'clock',
  'settings',
  'discovery',
  'mcp',
  'pipeline',
] as const;

export type FaultPart = (typeof FAULT_PARTS)[number];

/** Called on every fault. */
export type OnFault = (part: FaultPart, error: unknown) => void;
