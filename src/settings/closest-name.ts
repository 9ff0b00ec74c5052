import { closest, distance } from 'fastest-levenshtein';

/**
 * The candidate that `name` probably misspells.
 *
 * @param minSimilarity - the least share of characters that need no edit, from 0 to 1
 */
export function closestName(
  name: string,
  candidates: readonly string[],
  minSimilarity = 0.4,
): string | undefined {
  if (candidates.length === 0) return undefined;
  const candidate = closest(name, candidates);
  const length = Math.max(name.length, candidate.length);
  return (length - distance(name, candidate)) / length >= minSimilarity ? candidate : undefined;
}
