// The scenario of `myfy prove --crash`: a user is created once, and receives one mail.

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { defineCrashScenario } from '@myfy/data/testing'

export default defineCrashScenario({
  name: 'a user is created and receives a mail',
  env: { MAIL_DIR: '{directory}/mails' },
  run: (client) =>
    client.request({
      method: 'POST',
      path: '/users',
      headers: { 'idempotency-key': 'ada' },
      body: { name: 'Ada', email: 'ada@example.org' },
    }),
  observe({ directory }) {
    const mails = join(directory, 'mails')
    return existsSync(mails) ? readdirSync(mails).map((file) => readFileSync(join(mails, file), 'utf8')) : []
  },
})
