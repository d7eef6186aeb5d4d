// The certificate of a proof, as a file to commit.

import { plural } from '@myfy/core/runtime'
import type { CrashProof } from './prove-crash.ts'

/** Returns the result in one line: `58 points × 3 faults: 0 lost, 0 twice`. */
export function summary({ points, faults, problems, unreached }: CrashProof): string {
  const count = (key: 'lost' | 'twice' | 'others') =>
    problems.filter((problem) => problem[key].length > 0).length
  const more = [
    count('others') > 0 && `${count('others')} with another problem`,
    unreached.length > 0 && `${unreached.length} not reached`,
  ].filter(Boolean)
  return [
    `${plural(points.length, 'point')} × ${plural(faults.length, 'fault')}: ${count('lost')} lost, ${count('twice')} twice`,
    ...more,
  ].join(', ')
}

/** Returns true if every fault has struck, and none has broken the promise. */
export const isProved = ({ problems, unreached }: CrashProof): boolean =>
  problems.length === 0 && unreached.length === 0

/** Returns the certificate in Markdown. The duration is not in it: two proofs of the same application agree. */
export function certificate(proof: CrashProof): string {
  const { scenario, points, faults, runs, problems, unreached, occasional, idle } = proof
  const list = (items: readonly string[]) => items.map((item) => `- ${item}`)
  const problemLines = problems.flatMap(({ point, fault, lost, twice, others }) => [
    `- ${fault} at ${point}`,
    ...lost.map((row) => `  - lost: ${row}`),
    ...twice.map((row) => `  - twice: ${row}`),
    ...others.map((text) => `  - ${text}`),
  ])
  return `${[
    `# Crash proof: ${scenario}`,
    '',
    `**${summary(proof)}**`,
    '',
    `${runs} runs on a real PostgreSQL server. Faults: ${faults.join(', ')}. After each run: what was answered is stored, each row and each effect exists exactly once, each job has ended, a repeat has the same answer, no lease is older than its time.`,
    ...(problemLines.length > 0 ? ['', '## Problems', '', ...problemLines] : []),
    '',
    '## Points',
    '',
    ...points.map((point, index) => `${index + 1}. ${point}`),
    '',
    '## Not covered',
    '',
    ...list([
      ...unreached.map((point) => `not reached: ${point}`),
      ...occasional.map((point) => `not reached, as it belongs to some runs only: ${point}`),
      'faults during the start and the stop of the application',
      'two faults in one run, and several requests at a time',
      'the loss of the server and its disk',
      'services other than PostgreSQL: brokers, caches, mail servers',
      `the statements of the application without work: ${idle.join(', ') || 'none'}`,
    ]),
  ].join('\n')}\n`
}
