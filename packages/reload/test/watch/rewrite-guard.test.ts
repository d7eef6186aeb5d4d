import { expect, test } from 'vitest'
import { RewriteGuard } from '../../src/watch/rewrite-guard.ts'
import { application, superviseProject } from '../supervised-process.ts'

test('a file is held when five applications in a row have written it', () => {
  const guard = new RewriteGuard()
  for (let start = 0; start < 4; start++) expect(guard.record(['a', 'b'])).toEqual([])
  expect(guard.record(['a'])).toEqual(['a'])
  expect(guard.holds(['a'])).toBe(true)
  expect(guard.holds(['a', 'b'])).toBe(false)
  expect(guard.holds([])).toBe(false)
  guard.release()
  expect(guard.holds(['a'])).toBe(false)
})

test('a start that does not write the file begins the count again', () => {
  const guard = new RewriteGuard()
  for (let start = 0; start < 4; start++) guard.record(['a'])
  guard.record([])
  for (let start = 0; start < 4; start++) expect(guard.record(['a'])).toEqual([])
})

test('an application that writes a file which it imports is named, and waits for another save', async () => {
  const app = await superviseProject((port) => ({
    ...application(port),
    'message.ts': `
import { writeFileSync } from 'node:fs'
import { version } from './generated.ts'
writeFileSync(new URL('./generated.ts', import.meta.url), 'export const version = ' + process.hrtime.bigint() + 'n\\n')
export const message = 'one ' + (version > 0n)
`,
    'generated.ts': 'export const version = 0n\n',
  }))
  const warning = await app.next('warning')
  expect(warning).toMatchObject({
    code: 'MYFY_RELOAD_LOOP',
    message: expect.stringContaining('generated.ts'),
  })
  const before = app.count('ready')
  await app.until('one true')
  app.project.write({ 'data.ts': `${application(0)['data.ts']}// another version\n` })
  await expect.poll(() => app.count('ready'), { timeout: 20_000 }).toBeGreaterThan(before)
})
