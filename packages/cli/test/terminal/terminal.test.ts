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
