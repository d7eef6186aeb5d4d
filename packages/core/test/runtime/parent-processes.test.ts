import { expect, test } from 'vitest'
import {
  countForwarders,
  type ProcessStatus,
  parseStatus,
  processStatus,
} from '../../src/runtime/parent-processes.ts'

test('the status of a process is read whatever its name contains', () => {
  expect(parseStatus('42 (a) b (c)) S 7 40 30 34816 40 4194304 1 2')).toEqual({
    name: 'a) b (c)',
    parent: 7,
    group: 40,
    foreground: 40,
  })
})

test.runIf(process.platform === 'linux')('the parent of this process is its parent', () => {
  expect(processStatus('self')?.parent).toBe(process.ppid)
  expect(processStatus(process.ppid)?.name).toMatch(/./)
})

const inGroup = (name: string, parent: number, group = 10): ProcessStatus => ({
  name,
  parent,
  group,
  foreground: 10,
})

test.each<[situation: string, processes: Record<string, ProcessStatus>, count: number]>([
  ['a shell with job control', { self: inGroup('node', 1), 1: inGroup('bash', 0, 1) }, 0],
  [
    'npm and its shell',
    { self: inGroup('node', 3), 3: inGroup('sh', 2), 2: inGroup('npm run dev', 1), 1: inGroup('bash', 0, 1) },
    1,
  ],
  [
    'npm and concurrently',
    { self: inGroup('node', 3), 3: inGroup('node', 2), 2: inGroup('npm', 1), 1: inGroup('bash', 0, 1) },
    2,
  ],
  ['a parent that is gone', { self: inGroup('node', 99) }, 0],
  ['no terminal', { self: { ...inGroup('node', 2), foreground: -1 }, 2: inGroup('npm', 1) }, 0],
  [
    'the background of a terminal',
    { self: { ...inGroup('node', 2), foreground: 77 }, 2: inGroup('npm', 1) },
    0,
  ],
])('under %s', (_, processes, count) => {
  expect(countForwarders((pid) => processes[pid])).toBe(count)
})
