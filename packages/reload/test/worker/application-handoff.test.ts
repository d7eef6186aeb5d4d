import { expect, test } from 'vitest'
import { application, superviseProject } from '../supervised-process.ts'

test('an unchanged module keeps running and is not started again', async () => {
  const app = await superviseProject((port) => ({
    ...application(port),
    'data.ts': application(0)['data.ts']!.replace(
      `console.log('DATA UP')`,
      `await new Promise(setImmediate); console.log('DATA UP')`,
    ),
  }))
  await app.next('ready')
  app.project.write({ 'message.ts': `export const message: string = 'two'\n` })
  await app.until('two')
  expect(await app.next('ready')).toMatchObject({ kind: 'swap' })
  await app.next('replaced')
  expect(app.output().match(/DATA (UP|DOWN)/g)).toEqual(['DATA UP'])
  app.process.kill('SIGTERM')
  await app.exited
  expect(app.output().match(/DATA (UP|DOWN)/g)).toEqual(['DATA UP', 'DATA DOWN'])
})
