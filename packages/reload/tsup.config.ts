import { copyFile } from 'node:fs/promises'
import { build, buildCommonJs, buildProgram } from '../../tsup.base.ts'

const at = (path: string) => new URL(path, import.meta.url)

export default build(
  {
    index: 'src/index.ts',
    'find-application': 'src/find-application.ts',
    'first-worker': 'src/first-worker.ts',
    'child-program': 'src/interop/child-program.ts',
    'module-hooks-thread': 'src/interop/module-hooks-thread.ts',
  },
  {
    async onSuccess() {
      // `node --require` takes a file of CommonJS.
      await copyFile(at('src/interop/child-preload.cjs'), at('dist/child-preload.cjs'))
      await buildProgram(at('src/worker/worker.ts'), at('dist/worker.js'))
      await buildCommonJs(at('src/first-worker.ts'), at('dist/first-worker.cjs'))
    },
  },
)
