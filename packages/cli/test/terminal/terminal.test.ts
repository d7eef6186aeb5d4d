import { expect, test } from 'vitest'
import { myfy, project } from '../project.ts'

test('colors follow NO_COLOR and FORCE_COLOR; through a pipe there are none', async () => {
  const directory = project({
    'src/app.ts': `import { Application, defineModule } from '@myfy/core'\nexport const app = new Application().addModule(defineModule({ name: 'data' }))`,
  })
  const [plain, forced] = await Promise.all([
    myfy(['modules'], { cwd: directory }),
    myfy(['modules'], { cwd: directory, env: { FORCE_COLOR: '1' } }),
  ])
  expect(plain.output).not.toContain('\u001b[')
  expect(forced.output).toContain('\u001b[')
})

test('only a heading, a mark and a hint are dim: on some terminals that is hard to read', async () => {
  const directory = project({
    'src/app.ts': `
import { Application, defineModule } from '@myfy/core'
export const app = new Application().addModule(defineModule({ name: 'data', start() {} })).addModule(defineModule({ name: 'next', requires: ['data'] }))
`,
    'src/invalid.ts': `
import { Application, defineModule } from '@myfy/core'
export const app = new Application().addModule(defineModule({ name: 'data', requires: ['absent'] }))
`,
  })
  const env = { FORCE_COLOR: '1' }
  const dim = async (...words: readonly string[]) => {
    const { output } = await myfy(words, { cwd: directory, env })
    const parts = output.split('\u001b[2m').slice(1)
    return parts.map((part) => part.slice(0, part.indexOf('\u001b[22m')))
  }
  expect(await dim('plan')).toEqual(['plan of src/app.ts (not started)'])
  expect((await dim('doctor')).filter((text) => text !== '→')).toEqual([])
  expect(await dim('plan', '--app', 'src/invalid.ts')).toEqual([])
})
