/** The value of a label whose own value is not known, or is one too many. */
export const OTHER = '_OTHER';
