// What somebody most likely meant.

import leven from 'leven'

/** The candidate nearest to a word, if it is near enough to be a slip of the fingers. */
export function closestMatch(word: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined
  let least = Math.max(2, Math.ceil(word.length * 0.4)) + 1
  for (const candidate of candidates) {
    const distance = candidate.startsWith(word) && word.length > 1 ? 1 : leven(word, candidate)
    if (distance < least && distance < candidate.length) {
      least = distance
      best = candidate
    }
  }
  return best
}

/** `; did you mean 'routes'?`, or nothing. */
export function didYouMean(word: string, candidates: Iterable<string>): string {
  const found = closestMatch(word, candidates)
  return found === undefined ? '' : `; did you mean '${found}'?`
}
