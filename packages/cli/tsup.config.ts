import { build, buildCommonJs, buildProgram } from '../../tsup.base.ts'

const at = (path: string) => new URL(path, import.meta.url)

export default build(
  {
    index: 'src/index.ts',
    'command-line': 'src/command-line.ts',
    'early-signals': 'src/terminal/early-signals.ts',
    worker: 'src/cluster/worker/worker.ts',
  },
  {
    async onSuccess() {
      await buildProgram(at('src/terminal/progress-preload.ts'), at('dist/progress-preload.js'))
      await buildCommonJs(at('src/commands/first-worker.ts'), at('dist/first-worker.cjs'))
    },
  },
)
