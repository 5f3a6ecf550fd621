/** @file How many independent units (texts, documents, training runs) an interval needs. */

/**
 * Below so many texts or documents no interval is given, and so no verdict: the scatter of fewer says next to nothing of
 * its own error.
 */
export const fewestUnits = 8
