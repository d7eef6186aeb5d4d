// The certificate of a proof, for points that every run passes and for those of some runs only.

import { describe, expect, it } from 'vitest'
import { pointsOfBoth } from '../../src/crash/boundaries.ts'
import { type CrashProof, certificate, isProved, summary } from '../../src/testing/index.ts'

const proof: CrashProof = {
  scenario: 'an order',
  points: ['commit sent', 'claim of a job (2) sent'],
  faults: ['SIGKILL'],
  runs: 1,
  problems: [],
  unreached: [],
  occasional: [],
  idle: [],
  ms: 1_000,
}

describe('a certificate', () => {
  it('proves an application although a point of some runs only was not reached, and names the point', () => {
    const partial = { ...proof, occasional: ['claim of a job (2) sent (SIGKILL)'] }
    expect(isProved(partial)).toBe(true)
    expect(summary(partial)).toBe('2 points × 1 fault: 0 lost, 0 twice')
    expect(certificate(partial)).toContain(
      '- not reached, as it belongs to some runs only: claim of a job (2) sent (SIGKILL)\n',
    )
  })

  it('proves nothing if a point that every run passes was not reached', () => {
    const partial = { ...proof, unreached: ['commit sent (SIGKILL)'] }
    expect(isProved(partial)).toBe(false)
    expect(summary(partial)).toContain('1 not reached')
    expect(certificate(partial)).toContain('- not reached: commit sent (SIGKILL)\n')
  })

  it('does not depend on the time that the proof took', () => {
    expect(certificate({ ...proof, ms: 2_000 })).toBe(certificate(proof))
  })
})

describe('the points of two runs', () => {
  const named = (...names: string[]) => names.map((name) => ({ name, label: name }))

  it('are optional if only one of the runs has passed them', () => {
    const points = pointsOfBoth(named('begin', 'first', 'commit'), named('begin', 'commit', 'second'))
    expect(points.map(({ name, isOptional }) => [name, isOptional ?? false])).toEqual([
      ['begin', false],
      ['first', true],
      ['commit', false],
      ['second', true],
    ])
  })
})
