// Statements that begin or end a transaction, or that change the connection for those who use it next.

import { withoutLiterals } from './literals.ts'

/** A quick test: most statements contain none of these words. */
const SUSPECT = /\b(?:begin|start|commit|rollback|abort|end|prepare)\b/i
const CONTROL =
  /(?:^|;)\s*(begin\b(?!\s+atomic)|start\s+transaction|commit|abort|end|prepare\s+transaction|rollback(?!\s+(?:(?:work|transaction)\s+)?to\b))\b/i

/** Returns the first statement of a text that begins or ends a transaction, in capitals; undefined if there is none. */
export function transactionControl(text: string): string | undefined {
  if (!SUSPECT.test(text)) return undefined
  const statements = withoutLiterals(text)
  // The body of a function in standard SQL contains statements, and closes with END.
  const bodies = /\bbegin\s+atomic\b[\s\S]*\bend\b/gi
  return CONTROL.exec(statements.replace(bodies, ''))?.[1]?.toUpperCase()
}

const COMMENTS = String.raw`(?:\s|--[^\n]*(?:\n|$)|/\*[\s\S]*?\*/)*`
const AROUND = new RegExp(
  String.raw`^${COMMENTS}(?:begin|start)(?:\s+(?:work|transaction))?\s*;([\s\S]*?);?${COMMENTS}commit(?:\s+(?:work|transaction))?\s*;?${COMMENTS}$`,
  'i',
)

/**
 * Returns a script without `begin` and `commit` around it, as many tools write them: the transaction that the script runs in
 * does the same.
 */
export const withoutTransaction = (script: string): string => AROUND.exec(script)?.[1] ?? script

/** Settings of the session without `local`, locks of the session, and temporary tables outlive the transaction. */
const LASTING = new RegExp(
  [
    String.raw`(?:^|;)\s*(?:set\s+(?!local\b|transaction\b|constraints\b)|reset\s)`,
    String.raw`\bset_config\s*\((?![^;]*,\s*true\s*\))`,
    String.raw`\bpg_(?:try_)?advisory_lock(?:_shared)?\s*\(`,
    String.raw`\bcreate\s+(?:local\s+|global\s+)?temp(?:orary)?\s+(?:table|view|sequence)\b(?![^;]*\bon\s+commit\s+drop\b)`,
  ].join('|'),
  'i',
)

/** Reports whether a text changes its connection for the transactions that follow on it. */
export const outlivesTransaction = (text: string): boolean => LASTING.test(text)
