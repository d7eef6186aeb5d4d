// Suggestions for words that are misspelled.

import leven from 'leven'

/** Returns the candidate closest to a word, if it is close enough to be meant. */
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

/** Reports whether a word is a misspelled candidate. */
export function isTypo(word: string, candidate: string): boolean {
  return word.length > 2 && leven(word, candidate) <= 2
}

/** Returns the sentence `Did you mean 'routes'?`, or an empty text if no candidate is close. */
export function suggestion(word: string, candidates: Iterable<string>): string {
  const match = closestMatch(word, candidates)
  return match === undefined ? '' : `Did you mean '${match}'?`
}
