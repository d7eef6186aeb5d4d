import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { ChangeDetector, type ReloadRequest } from '../../src/watch/change-detector.ts'
import { createProject } from '../project.ts'

const files = {
  'app.ts': 'export const app = 1\n',
  'package.json': '{ "type": "module" }',
  'tsconfig.json': '{}',
  '.env': 'A=1',
  'views/a.html': 'one',
}

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }))
afterEach(() => void vi.useRealTimers())

describe.each([...Object.keys(files)])('%s, which is emptied before it is written', (name) => {
  function detecting() {
    const project = createProject(files)
    const requests: ReloadRequest[] = []
    const options = { cwd: project.root, entry: project.file('app.ts'), watch: ['views/**'] }
    const changes = new ChangeDetector(options, (request) => requests.push(request))
    onTestFinished(() => changes.close())
    changes.snapshots.extend([{ file: project.file('app.ts'), hash: 'of the first version', source: '' }])
    const inspect = () => changes.inspect(new Set([project.file(name)]))
    return { project, requests, inspect }
  }

  test.each([
    ['emptied', ''],
    ['removed', undefined],
  ])('is inspected when it is complete: %s', async (_, content) => {
    const { project, requests, inspect } = detecting()
    if (content === undefined) project.remove(name)
    else project.write({ [name]: content })
    inspect()
    // A busy machine interrupts a save between emptying and writing.
    await vi.advanceTimersByTimeAsync(50)
    expect(requests).toEqual([])
    project.write({ [name]: '"the new content"' })
    inspect()
    await vi.runAllTimersAsync()
    expect(requests).toHaveLength(1)
  })

  test('counts as empty if it stays empty', async () => {
    const { project, requests, inspect } = detecting()
    project.write({ [name]: '' })
    inspect()
    await vi.runAllTimersAsync()
    expect(requests).toHaveLength(1)
  })
})
