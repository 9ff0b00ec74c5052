/** Ended operations of one session that are kept. */
export const KEPT_OPERATIONS = 1000;

/** The latest of them keep all of their details; the earlier ones keep only details that take little room. */
export const DETAILED_OPERATIONS = 100;

/** Sessions that are kept; past it the one that was quiet longest goes. */
export const KEPT_SESSIONS = 200;
