import { copyFile } from 'node:fs/promises'
import { build } from '../../tsup.base.ts'

export default build(
  {
    index: 'src/index.ts',
    'find-application': 'src/find-application.ts',
    'first-worker': 'src/first-worker.ts',
    worker: 'src/worker/worker.ts',
    'child-program': 'src/interop/child-program.ts',
    'module-hooks-thread': 'src/interop/module-hooks-thread.ts',
  },
  {
    // `node --require` takes a file of CommonJS.
    onSuccess: () =>
      copyFile(
        new URL('src/interop/child-preload.cjs', import.meta.url),
        new URL('dist/child-preload.cjs', import.meta.url),
      ),
  },
)
