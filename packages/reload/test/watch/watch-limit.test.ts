import { execFileSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { eventsRefused } from '../../src/supervisor/warnings.ts'
import { application, superviseProject } from '../supervised-process.ts'

/** A user namespace has limits of its own, so that nothing outside of it is touched. */
const canUnshare = (() => {
  try {
    execFileSync('unshare', ['-Ur', 'sh', '-c', 'echo 0 > /proc/sys/user/max_inotify_watches'], {
      stdio: 'ignore',
    })
    return true
  } catch {
    return false
  }
})()

describe.runIf(canUnshare)('where the system refuses file system events', () => {
  test.each(['max_inotify_watches', 'max_inotify_instances'])(
    'by %s, polling sees changes, and says so',
    async (limit) => {
      const app = await superviseProject(application, {
        command: ['unshare', '-Ur', 'sh', '-c', `echo 0 > /proc/sys/user/${limit}; exec "$0" "$@"`],
      })
      expect(await app.next('warning')).toMatchObject({
        code: 'MYFY_RELOAD_WATCH_LIMIT',
        message: expect.stringMatching(/fs\.inotify\.max_user_(watches|instances)/),
      })
      await app.next('ready')
      app.project.write({ 'message.ts': `export const message: string = 'two'\n` })
      await app.until('two')
    },
  )
})

test.each([
  ['ENOSPC', 'max_user_watches'],
  ['EMFILE', 'max_user_instances'],
])('the limit behind %s is named', (code, limit) => {
  expect(eventsRefused(Object.assign(new Error('x'), { code }), 100).message).toContain(limit)
})
