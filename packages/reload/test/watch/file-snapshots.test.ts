import { expect, test } from 'vitest'
import { contentHash } from '../../src/content-hash.ts'
import { FileSnapshots } from '../../src/watch/file-snapshots.ts'
import { createProject } from '../project.ts'

/** The snapshots of a file whose saved content is attempted. */
function attempted() {
  const project = createProject({ 'a.ts': 'first' })
  const file = project.file('a.ts')
  const snapshots = new FileSnapshots()
  snapshots.extend([{ file, hash: contentHash('first'), source: 'first' }])
  project.write({ 'a.ts': 'second' })
  expect(snapshots.inspect([file]).saved).toEqual([file])
  snapshots.markAttempted([file])
  return { file, snapshots }
}

test('a file that an attempt has found empty, while its content was written again, is attempted again', () => {
  const { file, snapshots } = attempted()
  snapshots.read([{ file, hash: contentHash('') }])
  expect(snapshots.outdated).toEqual([file])
  expect(snapshots.inspect(snapshots.outdated).saved).toEqual([file])
})

test.each([
  [
    'has read',
    (snapshots: FileSnapshots, file: string) => snapshots.read([{ file, hash: contentHash('second') }]),
  ],
  ['has not come to', () => {}],
])('a file that an attempt %s is not attempted again', (_, attempt) => {
  const { file, snapshots } = attempted()
  snapshots.read([{ file, hash: contentHash('') }])
  snapshots.inspect(snapshots.outdated)
  snapshots.markAttempted([file])
  attempt(snapshots, file)
  expect(snapshots.inspect([file]).saved).toEqual([])
})
