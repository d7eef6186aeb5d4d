import { build, buildCommonJs } from '../../tsup.base.ts'

const at = (path: string) => new URL(path, import.meta.url)

export default build(
  {
    index: 'src/index.ts',
    'command-line': 'src/command-line.ts',
    'early-signals': 'src/terminal/early-signals.ts',
    'progress-preload': 'src/terminal/progress-preload.ts',
    worker: 'src/cluster/worker/worker.ts',
  },
  { onSuccess: () => buildCommonJs(at('src/commands/first-worker.ts'), at('dist/first-worker.cjs')) },
)
