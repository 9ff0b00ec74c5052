/** Ended operations that each session keeps. */
export const KEPT_OPERATIONS = 1000;

/** The latest ended operations keep all details. Earlier ones keep only small details. */
export const DETAILED_OPERATIONS = 100;

/** Sessions that the exporter keeps. Beyond that, the longest inactive one is evicted. */
export const KEPT_SESSIONS = 200;
