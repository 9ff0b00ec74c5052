/** The label value for unknown values, and for values beyond a label's limit. */
export const OTHER = '_OTHER';
