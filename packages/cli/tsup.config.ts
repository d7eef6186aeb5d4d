import { build } from '../../tsup.base.ts'

export default build({
  index: 'src/index.ts',
  main: 'src/main.ts',
  'early-signals': 'src/terminal/early-signals.ts',
  'progress-preload': 'src/terminal/progress-preload.ts',
  worker: 'src/cluster/worker/worker.ts',
})
