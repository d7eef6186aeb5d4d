import { build } from '../../tsup.base.ts'

export default build({
  index: 'src/index.ts',
  'find-application': 'src/find-application.ts',
  worker: 'src/worker/worker.ts',
})
